/** For a promise whose failure changes nothing: `promise.catch(ignore)`. Say beside it why nothing is lost. */
export const ignore = (): undefined => undefined;
