/** What no further attempt at a device mends, but only a different page or browser. */
const LASTING: readonly string[] = ['insecure-context', 'unsupported-browser'];

/** Whether a button that tries a device again can help. @param code why the device is not in use */
export const canRetryDevice = (code: string): boolean => !LASTING.includes(code);
