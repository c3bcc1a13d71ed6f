/** Whether a text has the form of an API token: `user@realm!name=secret`. */
export function isApiToken(text: string): boolean {
  return /^[^\s@]+@[^\s!]+![^\s=]+=\S+$/.test(text);
}
