const printable = /^[ -~]*$/;

/** The address of a server as links name it: a host in other letters as `xn--` (RFC 5890). */
export const asciiAddress = (url: string): string =>
  printable.test(url) || !URL.canParse(url) ? url : new URL(url).href;
