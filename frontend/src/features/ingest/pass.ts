/** The server will give no pass for this stream, now or later; waiting does not help. taken: another tab or device has it. */
export class PassRefused extends Error {
  constructor(readonly why: "ended" | "signed_out" | "refused" | "taken") {
    super(`no pass: ${why}`);
  }
}
