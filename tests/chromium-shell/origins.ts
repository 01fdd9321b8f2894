/** Which local http origin stands for which origin of the app's own scheme, both ways. */
export class Origins {
  readonly #toHttp = new Map<string, string>();
  readonly #toApp = new Map<string, string>();

  add(appOrigin: string, httpOrigin: string): void {
    this.#toHttp.set(appOrigin, httpOrigin);
    this.#toApp.set(httpOrigin, appOrigin);
  }

  httpOrigin(appOrigin: string): string | undefined {
    return this.#toHttp.get(appOrigin);
  }

  /** `http://localhost:PORT/x` as the app knows it, `app://host/x`; any other URL as it is. */
  toApp(url: string): string {
    for (const [http, app] of this.#toApp) {
      if (url === http || url.startsWith(`${http}/`)) {
        return app + url.slice(http.length);
      }
    }
    return url;
  }
}

/** `app://host` of `app://host/path`; Node's own `URL.origin` is `null` for such schemes. */
export function appOriginOf(url: URL): string {
  return `${url.protocol}//${url.host}`;
}
