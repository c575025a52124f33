// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { offerPasskeys } from "./passkeys";
import { text } from "./text";

beforeEach(() => {
  const form = document.createElement("form");
  form.dataset["passkey"] = "";
  form.hidden = true;
  const error = document.createElement("p");
  error.dataset["passkeyError"] = "";
  form.append(error);
  const apology = document.createElement("p");
  apology.dataset["noPasskey"] = "";
  document.body.replaceChildren(form, apology);
});

afterEach(() => vi.unstubAllGlobals());

const shown = (selector: string): boolean => !document.querySelector<HTMLElement>(selector)?.hidden;

test("a browser without passkeys is not offered any", () => {
  offerPasskeys(document);
  expect([shown("[data-passkey]"), shown("[data-no-passkey]")]).toEqual([false, true]);
});

test("a browser with passkeys is offered them, and told when one was not shown", () => {
  vi.stubGlobal("PublicKeyCredential", {});
  offerPasskeys(document);
  expect([shown("[data-passkey]"), shown("[data-no-passkey]")]).toEqual([true, false]);

  const failure = new CustomEvent("allauth.error", { cancelable: true });
  document.dispatchEvent(failure);

  expect(document.querySelector("[data-passkey-error]")?.textContent).toBe(text.passkey.failed);
  expect(failure.defaultPrevented).toBe(true);
});
