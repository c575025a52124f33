/** The server will give no pass for this stream, now or later; waiting does not help. */
export class PassRefused extends Error {
  constructor(readonly why: "ended" | "signed_out" | "refused") {
    super(`no pass: ${why}`);
  }
}
