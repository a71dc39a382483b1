/** A browser's cookies, redirects and forms. */
export function createBrowser() {
  const jar = new Map<string, { readonly path: string; readonly text: string }>();
  const visit = async (address: string | URL, form?: Record<string, string>): Promise<Response> => {
    const url = new URL(address);
    const cookie = [...jar.values()].filter(({ path: at }) => url.pathname.startsWith(at)).map(({ text }) => text).join("; ");
    const body = form === undefined ? {} : { method: "POST", body: new URLSearchParams(form) };
    const response = await fetch(url, { ...body, redirect: "manual", headers: { cookie, ...(form === undefined ? {} : { origin: url.origin }) } });
    for (const text of response.headers.getSetCookie()) keep(jar, text);
    const location = response.headers.get("location");
    if (location === null) return response;
    const next = new URL(location, url);
    return next.origin === url.origin ? visit(next) : response;
  };
  return visit;
}

function keep(jar: Map<string, { readonly path: string; readonly text: string }>, setCookie: string): void {
  const [text = "", ...attributes] = setCookie.split("; ");
  const [name = ""] = text.split("=", 1);
  const at = attributes.find((attribute) => attribute.toLowerCase().startsWith("path="))?.slice(5) ?? "/";
  if (text === `${name}=`) jar.delete(`${name} ${at}`);
  else jar.set(`${name} ${at}`, { path: at, text });
}

/** The action and the hidden fields of a page's first form. */
export async function formOf(response: Response): Promise<{ readonly action: URL; readonly fields: Record<string, string> }> {
  const html = await response.text();
  const [, action = ""] = /<form[^>]* action="([^"]*)"/.exec(html) ?? [];
  const fields = [...html.matchAll(/<input type="hidden" name="([^"]*)" value="([^"]*)"/g)].map(([, name = "", value = ""]) => [name, value]);
  return { action: new URL(action, response.url), fields: Object.fromEntries(fields) as Record<string, string> };
}
