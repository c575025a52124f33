/** What a room says. Mirrors docs/realtime.md. */
interface Stored {
  readonly seq: number;
}

export type ServerEvent =
  | {
      readonly type: "room:welcome";
      readonly seq: number;
      readonly viewers: number;
      readonly heartbeat_seconds: number;
      readonly you: {
        readonly name: string | null;
        readonly role: string;
        readonly can_chat: boolean;
        readonly can_chat_reason: string | null;
      };
      readonly history: readonly ServerEvent[];
      readonly state: { readonly status: string; readonly live: boolean; readonly paused: boolean };
    }
  | ({
      readonly type: "chat:message";
      readonly id: string;
      readonly client_id: string | null;
      readonly kind: string;
      readonly user: { readonly id: string; readonly name: string; readonly role: string } | null;
      readonly text: string;
      readonly at: string;
    } & Stored)
  | { readonly type: "chat:ack"; readonly client_id: string; readonly id: string; readonly seq: number }
  | {
      readonly type: "error";
      readonly code: string;
      readonly details: Readonly<Record<string, unknown>>;
      readonly client_id: string | null;
    }
  | { readonly type: "viewer:count"; readonly viewers: number }
  | { readonly type: "viewer:joined"; readonly names: readonly string[]; readonly others: number }
  | { readonly type: "viewer:left"; readonly names: readonly string[]; readonly others: number }
  | { readonly type: "stream:started"; readonly started_at: string }
  | { readonly type: "stream:paused" }
  | { readonly type: "stream:resumed" }
  | {
      readonly type: "stream:updated";
      readonly title: string;
      readonly description: string;
      readonly tags: readonly string[];
    }
  | { readonly type: "stream:ended"; readonly reason: string; readonly duration_seconds: number | null }
  | { readonly type: "room:resync"; readonly after_seq: number; readonly jitter_seconds: number }
  | { readonly type: "room:pong" }
  | { readonly type: "live:started"; readonly stream: Readonly<Record<string, unknown>> }
  | { readonly type: "live:updated"; readonly stream: Readonly<Record<string, unknown>> }
  | { readonly type: "live:ended"; readonly id: string };
