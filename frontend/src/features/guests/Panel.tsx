import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { momentOf } from "../../ui/times";
import { toast } from "../../ui/toast";
import { Guests } from "./guests";
import { words } from "./words";

/** In the studio of an invited stream: who may come, by name and by link. */
export function GuestsPanel({ streamId }: { streamId: string }) {
  const guests = useMemo(() => new Guests(streamId), [streamId]);
  useEffect(() => void guests.load(), [guests]);
  return (
    <section class="panel" aria-labelledby="guests-heading">
      <h2 id="guests-heading">{words.guests}</h2>
      <p class="field-hint">{words.hint}</p>
      <ByName guests={guests} />
      <p class="field-error" role="status">
        {guests.problem.value}
      </p>
      <Names guests={guests} />
      <h3>{words.links}</h3>
      <ByLink guests={guests} />
      <Links guests={guests} />
    </section>
  );
}

function ByName({ guests }: { guests: Guests }) {
  const username = useSignal("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (username.value.trim() !== "" && (await guests.invite(username.value))) username.value = "";
  };
  return (
    <form class="flex gap-2" onSubmit={(event) => void submit(event)}>
      <input
        class="input w-full"
        aria-label={words.username}
        placeholder={words.username}
        autocapitalize="none"
        autocomplete="off"
        value={username.value}
        onInput={(event) => (username.value = event.currentTarget.value)}
      />
      <button class="btn" type="submit" disabled={guests.isBusy.value}>
        {words.invite}
      </button>
    </form>
  );
}

function Names({ guests }: { guests: Guests }) {
  if (guests.guests.value.length === 0) return <p class="quiet">{words.nobody}</p>;
  return (
    <ul>
      {guests.guests.value.map(({ id, username }) => (
        <li class="flex items-center justify-between gap-2" key={id}>
          <span class="truncate">{username ?? words.byLink}</span>
          <button
            class="btn btn-sm"
            type="button"
            aria-label={words.remove(username ?? words.byLink)}
            onClick={() => void guests.remove(id)}
          >
            {words.removeShort}
          </button>
        </li>
      ))}
    </ul>
  );
}

function ByLink({ guests }: { guests: Guests }) {
  const people = useSignal(10);
  const days = useSignal(1);
  const url = guests.freshUrl.value;
  const copy = async (address: string): Promise<void> => {
    await navigator.clipboard.writeText(address);
    toast(words.copied);
  };
  return (
    <>
      <form
        class="flex items-end gap-2"
        onSubmit={(event) => {
          event.preventDefault();
          void guests.makeLink(people.value, days.value);
        }}
      >
        <Amount label={words.people} most={1000} value={people} />
        <Amount label={words.days} most={30} value={days} />
        <button class="btn" type="submit" disabled={guests.isBusy.value}>
          {words.makeLink}
        </button>
      </form>
      {url !== null && (
        <div role="status">
          <p class="field-hint">{words.linkOnce}</p>
          <div class="flex gap-2">
            <input class="input w-full" readOnly value={url} aria-label={words.links} />
            <button class="btn" type="button" onClick={() => void copy(url)}>
              {words.copy}
            </button>
          </div>
        </div>
      )}
    </>
  );
}

function Amount({ label, most, value }: { label: string; most: number; value: { value: number } }) {
  return (
    <label class="field">
      {label}
      <input
        class="input w-20 tabular"
        type="number"
        min={1}
        max={most}
        value={value.value}
        onInput={(event) => (value.value = Number(event.currentTarget.value))}
      />
    </label>
  );
}

function Links({ guests }: { guests: Guests }) {
  return (
    <ul>
      {guests.invitations.value
        .filter(({ revoked_at }) => revoked_at === null)
        .map(({ id, guest_count, most_guests, expires_at }) => (
          <li class="flex items-center justify-between gap-2" key={id}>
            <span>
              {words.used(guest_count, most_guests)}, {words.until(momentOf(expires_at))}
            </span>
            <button class="btn btn-sm" type="button" onClick={() => void guests.revoke(id)}>
              {words.revoke}
            </button>
          </li>
        ))}
    </ul>
  );
}
