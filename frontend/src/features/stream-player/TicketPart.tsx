import type { ComponentType } from "preact";
import { useEffect, useState } from "preact/hooks";
import type { StreamPage } from "../stream/page";
import type { Visit } from "../stream/visit";

export interface TicketProps {
  visit: Visit;
  page: StreamPage;
}

type Part = "Gate" | "PreviewBar";

/** What only streams with a price need; a chunk that the others never load. */
export function TicketPart({ part, ...props }: TicketProps & { part: Part }) {
  const [parts, setParts] = useState<Record<Part, ComponentType<TicketProps>> | null>(null);
  useEffect(() => {
    // Without it the link under the picture still sells tickets.
    import("../ticketing/gate-parts").then(setParts, () => undefined);
  }, []);
  const View = parts?.[part];
  return View ? <View {...props} /> : null;
}
