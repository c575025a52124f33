import { text } from "../../ui/text";
import { toast } from "../../ui/toast";

/** The system's own share sheet where there is one, else the address goes to the clipboard. */
export async function share(title: string): Promise<void> {
  const url = location.href.split("#", 1)[0] ?? location.href;
  try {
    if ("share" in navigator && matchMedia("(pointer: coarse)").matches) {
      await navigator.share({ title, url });
      return;
    }
    await navigator.clipboard.writeText(url);
    toast(text.share.copied);
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") return;
    toast(text.share.byHand(url));
  }
}
