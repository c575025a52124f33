import { describe, expect, it, vi } from "vitest";
import { ApiError, type api } from "../../api/client";
import { Guests } from "./guests";

function guestsAnswering(...answers: unknown[]) {
  const send = vi.fn(() => {
    const answer = answers.shift();
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  });
  return { guests: new Guests("s", send as unknown as typeof api), send };
}

describe("Guests", () => {
  it("shows who the server says is invited, once", async () => {
    const { guests, send } = guestsAnswering({ id: "1", username: "bob" }, { id: "1", username: "bob" });
    expect(await guests.invite("bob")).toBe(true);
    await guests.invite("Bob");
    expect(guests.guests.value).toEqual([{ id: "1", username: "bob" }]);
    expect(send).toHaveBeenCalledWith("/api/streams/s/guests", { method: "POST", body: { username: "bob" } });
  });

  it("says why somebody cannot be invited, and keeps the list", async () => {
    const refusal = new ApiError({ code: "invalid_input", status: 400, details: { username: ["Nobody."] } });
    const { guests } = guestsAnswering({ id: "1", username: "bob" }, refusal);
    await guests.invite("bob");
    expect(await guests.invite("x")).toBe(false);
    expect(guests.problem.value).toBe("Nobody.");
    expect(guests.guests.value).toHaveLength(1);
  });

  it("removes only after the server agreed", async () => {
    const { guests } = guestsAnswering({ id: "1", username: "bob" }, new ApiError({ code: "offline", status: 0 }), null);
    await guests.invite("bob");
    await guests.remove("1");
    expect(guests.guests.value).toHaveLength(1);
    await guests.remove("1");
    expect(guests.guests.value).toEqual([]);
  });

  it("shows a made link and keeps it in the list without its secret's address", async () => {
    const made = { id: "9", most_guests: 5, guest_count: 0, expires_at: "2030-01-01T00:00:00Z", revoked_at: null };
    const { guests } = guestsAnswering({ ...made, url: "https://busk.example/invite#x" }, null);
    await guests.makeLink(5, 1);
    expect(guests.freshUrl.value).toBe("https://busk.example/invite#x");
    expect(guests.invitations.value).toHaveLength(1);
    await guests.revoke("9");
    expect(guests.invitations.value).toEqual([]);
  });
});
