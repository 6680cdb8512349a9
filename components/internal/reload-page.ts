/** What the button does that stands beside `version-mismatch`. Only a person reloads the page: a call may be going on in it. */
export const reloadPage = (): void => location.reload();
