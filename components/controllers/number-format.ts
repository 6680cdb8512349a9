const numbers = new Map<string, Intl.NumberFormat>();

/**
 * The format of numbers, made once for each language: making one costs more than hundreds of uses.
 * @param tag a language tag that `Intl` takes
 */
export function numberFormat(tag: string): Intl.NumberFormat {
  let format = numbers.get(tag);
  if (!format) numbers.set(tag, (format = new Intl.NumberFormat(tag)));
  return format;
}
