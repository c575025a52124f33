import { useEffect } from "preact/hooks";
import { api, ApiError } from "../../api/client";

interface Props {
  order: string;
  state: string;
}

const EVERY_MS = 2000;
/** After two minutes whoever still waits presses the link. */
const TIMES = 60;

/** Loads the page again once the order that it waits for has moved on. */
export default function OrderWaitsIsland({ order, state }: Props) {
  useEffect(() => {
    let left = TIMES;
    let timer: number | undefined;
    const look = async (): Promise<void> => {
      try {
        const now = await api<{ state: string }>(`/api/payments/orders/${order}`);
        if (now.state !== state) {
          location.reload();
          return;
        }
      } catch (error) {
        if (!(error instanceof ApiError)) throw error;
      }
      left -= 1;
      if (left > 0) timer = window.setTimeout(() => void look(), EVERY_MS);
    };
    timer = window.setTimeout(() => void look(), EVERY_MS);
    return () => window.clearTimeout(timer);
  }, []);
  return null;
}
