const dates = new Map<string, Intl.DateTimeFormat>();

/**
 * A format of dates, made once for each language: making one costs more than the rest of a row.
 * @param tag a language tag that `Intl` takes
 */
export function dateFormat(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  // A formatter keeps the time zone in which it was made, and a travelling computer changes its own.
  const key = `${tag} ${new Date().getTimezoneOffset()} ${JSON.stringify(options)}`;
  let format = dates.get(key);
  if (!format) dates.set(key, (format = new Intl.DateTimeFormat(tag, options)));
  return format;
}
