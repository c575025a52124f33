import { text } from "./text";

/**
 * Passkeys are asked for by allauth's own scripts, which know nothing of our pages: here the forms show where the
 * browser has passkeys at all, and say so when asking for one came to nothing.
 */
export function offerPasskeys(root: Document): void {
  if (!("PublicKeyCredential" in window)) return;
  for (const form of root.querySelectorAll<HTMLElement>("[data-passkey]")) form.hidden = false;
  for (const apology of root.querySelectorAll<HTMLElement>("[data-no-passkey]")) apology.hidden = true;
  root.addEventListener("allauth.error", (event) => {
    event.preventDefault();
    for (const place of root.querySelectorAll("[data-passkey-error]")) place.textContent = text.passkey.failed;
  });
}
