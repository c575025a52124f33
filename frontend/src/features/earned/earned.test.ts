import { describe, expect, it } from "vitest";
import { ApiError } from "../../api/client";
import type { ServerEvent } from "../../realtime/events.gen";
import { type Earned, EarnedCounter } from "./earned";

const earned = (change: Partial<Earned> = {}): Earned => ({
  stream_id: "s1",
  currency: "usd",
  pending: 0,
  gifts: 0,
  tips: 0,
  tickets: 0,
  coins: 0,
  ...change,
});
const changed = (change: Partial<Earned>): ServerEvent => ({ type: "earnings:changed", ...earned(change) });

function counterOf(...answers: (Earned | Error | Promise<Earned>)[]): EarnedCounter {
  return new EarnedCounter("s1", () => {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer ?? earned());
  });
}

describe("what the stream earned", () => {
  it("starts from what the server says", async () => {
    const counter = counterOf(earned({ gifts: 95, tips: 891 }));
    expect(counter.total.value).toBeNull();
    await counter.refresh();
    expect(counter.total.value).toBe(986);
  });

  it("is what the newest event says, however often it comes", () => {
    const counter = counterOf();
    counter.hear(changed({ gifts: 100 }));
    counter.hear(changed({ gifts: 150, tickets: 50 }));
    counter.hear(changed({ gifts: 150, tickets: 50 }));
    expect(counter.total.value).toBe(200);
  });

  it("goes down when something was taken back", () => {
    const counter = counterOf();
    counter.hear(changed({ tips: 891 }));
    counter.hear(changed({ tips: 0 }));
    expect(counter.total.value).toBe(0);
  });

  it("is not another stream's, and not what else happens in the room", () => {
    const counter = counterOf();
    counter.hear(changed({ stream_id: "s2", gifts: 5 }));
    counter.hear({ type: "viewer:count", viewers: 5 });
    expect(counter.value.value).toBeNull();
  });

  it("does not go back to an answer that an event has overtaken", async () => {
    let answer: (earned: Earned) => void = () => undefined;
    const counter = counterOf(new Promise<Earned>((resolve) => (answer = resolve)));
    const asking = counter.refresh();
    counter.hear(changed({ gifts: 300 }));
    answer(earned({ gifts: 200 }));
    await asking;
    expect(counter.total.value).toBe(300);
  });

  it("keeps what it knows when the server cannot be asked", async () => {
    const counter = counterOf(earned({ gifts: 10 }), new ApiError({ code: "offline", status: 0 }));
    await counter.refresh();
    await counter.refresh();
    expect(counter.total.value).toBe(10);
  });
});
