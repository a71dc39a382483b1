import { createHash } from "node:crypto";
import type { KoaContextWithOIDC } from "oidc-provider";
import { choices, roles } from "./people.ts";

const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 28rem; margin: 8vh auto; padding: 0 1rem }
h1 { font-size: 1.4rem }
form { display: grid; gap: .6rem; margin: 0 0 1.2rem }
button { padding: .6rem .9rem; font: inherit; text-align: start; border: 1px solid GrayText; border-radius: .4rem; background: ButtonFace; color: ButtonText; cursor: pointer }
button:hover, button:focus-visible { outline: 2px solid Highlight }
button small { display: block }
label { display: grid; gap: .2rem }
input, select { padding: .5rem; font: inherit }
code { font-size: 1.3rem }
`;
/** Sends the page's form without a click. */
const submitting = "document.forms[0].requestSubmit(document.forms[0].querySelector('button'))";

/** A page of the provider. `body` is markup; texts from outside it go through `escaped`. */
type Shown = { readonly title: string; readonly body: string; readonly isSubmitted?: boolean };

/** The page's HTML without external resources, and its headers. */
export function page({ title, body, isSubmitted = false }: Shown): { readonly html: string; readonly headers: Readonly<Record<string, string>> } {
  const script = isSubmitted ? `<script>${submitting}</script>` : "";
  const html = `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escaped(title)}</title><link rel="icon" href="data:,"><style>${style}</style></head>
<body><main><h1>${escaped(title)}</h1>
${body}
</main>${script}</body></html>
`;
  const policy = ["default-src 'none'", `style-src ${digest(style)}`, "img-src data:", ...(isSubmitted ? [`script-src ${digest(submitting)}`] : []), "base-uri 'none'", "frame-ancestors 'none'"];
  return { html, headers: { "content-type": "text/html; charset=utf-8", "cache-control": "no-store", "content-security-policy": policy.join("; ") } };
}

/** The buttons of the people to log in as, and a form for any name. `action` is where the form is sent. */
export function choicePage(action: string): Shown {
  const buttons = Object.entries(choices).map(
    ([choice, { name, note }]) => `<button name="choice" value="${escaped(choice)}">${escaped(name)} <small>${escaped(note)}</small></button>`,
  );
  const options = roles.map((role) => `<option>${escaped(role)}</option>`);
  return {
    title: "Who do you want to be?",
    body: `<p>This machine's identity provider gives everyone a token for any name. It takes the place of your own provider's login.</p>
<form method="post" action="${escaped(action)}">${buttons.join("\n")}</form>
<form method="post" action="${escaped(action)}">
<label>Any name <input name="sub" required maxlength="256" autocomplete="off"></label>
<label>Organization <input name="org" maxlength="256" autocomplete="off"></label>
<label>Role <select name="role"><option value="">none: a holder</option>${options.join("")}</select></label>
<button>Be this person</button></form>
<form method="post" action="${escaped(action)}"><button name="cancel" value="yes">Cancel</button></form>`,
  };
}

/** Shows a page of the provider's own steps. Their forms and buttons find each other by the form's id. */
export function show(ctx: KoaContextWithOIDC, shown: Shown): void {
  const { html, headers } = page(shown);
  ctx.set(headers);
  ctx.body = html;
}

export function showLogout(ctx: KoaContextWithOIDC, form: string): void {
  const buttons = `<button type="submit" form="op.logoutForm" name="logout" value="yes">Log out</button>`;
  // An application that presents its ID token has asked the person already (OpenID Connect RP-Initiated Logout 1.0 §2).
  const isSubmitted = ctx.oidc.entities.IdTokenHint !== undefined;
  const filled = form.replace("</form>", `${buttons}</form>`);
  show(ctx, { title: `Log out ${ctx.oidc.session?.accountId ?? ""}?`, body: filled, isSubmitted });
}

export function showUserCodeInput(ctx: KoaContextWithOIDC, form: string, fault: unknown): void {
  const note = fault === undefined ? "Enter the code that your device shows." : "This code isn't known, or was used, or has ended. Enter the code that your device shows.";
  // The provider's own script in an attribute would violate the policy.
  const input = form.replace(/onfocus="[^"]*"/, 'aria-label="Code"');
  show(ctx, { title: "Log in on a device", body: `<p>${note}</p>${input}<button type="submit" form="op.deviceInputForm">Continue</button>` });
}

export function showUserCodeConfirm(ctx: KoaContextWithOIDC, form: string, userCode: string): void {
  const body = `<p>Your device shows this code: <code>${escaped(userCode)}</code></p>${form}
<p><button type="submit" form="op.deviceConfirmForm">Yes, go on</button>
<button type="submit" form="op.deviceConfirmForm" name="abort" value="yes">No, stop</button></p>`;
  show(ctx, { title: "Log in on a device", body });
}

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}

function digest(text: string): string {
  return `'sha256-${createHash("sha256").update(text).digest("base64")}'`;
}
