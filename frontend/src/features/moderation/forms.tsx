import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { TIMEOUT_MOST_SECONDS } from "./acts";
import type { Person } from "./person";
import { words } from "./words";

const REASON_MOST = 500;
const UNITS = { seconds: 1, minutes: 60, hours: 3600, days: 86_400 } as const;
type Unit = keyof typeof UNITS;

interface FormProps {
  label: string;
  mayGo: boolean;
  onCancel: () => void;
  onSend: () => void;
  children: preact.ComponentChildren;
}

/** A question within the card, with its answer and a way back. The focus goes to its first field. */
function Form({ label, mayGo, onCancel, onSend, children }: FormProps) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    form.current?.querySelector<HTMLElement>("input, textarea, button")?.focus();
    form.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <form
      ref={form}
      class="mod-form"
      onSubmit={(event) => {
        event.preventDefault();
        if (mayGo) onSend();
      }}
    >
      {children}
      <p class="mod-acts">
        <button type="submit" class="btn btn-sm btn-primary" disabled={!mayGo}>
          {label}
        </button>
        <button type="button" class="btn btn-sm btn-ghost" onClick={onCancel}>
          {words.cancel}
        </button>
      </p>
    </form>
  );
}

function Reason({ label, value, onInput }: { label: string; value: string; onInput: (value: string) => void }) {
  return (
    <label class="mod-field">
      {label}
      <input class="input" type="text" maxLength={REASON_MOST} value={value} onInput={(event) => onInput(event.currentTarget.value)} />
    </label>
  );
}

interface TimeoutProps {
  isBusy: boolean;
  onCancel: () => void;
  onSend: (seconds: number, reason: string) => void;
}

export function TimeoutForm({ isBusy, onCancel, onSend }: TimeoutProps) {
  const n = useSignal("30");
  const unit = useSignal<Unit>("minutes");
  const reason = useSignal("");
  const seconds = Number(n.value) * UNITS[unit.value];
  const mayGo = !isBusy && Number.isInteger(seconds) && seconds >= 1 && seconds <= TIMEOUT_MOST_SECONDS;
  return (
    <Form label={words.timeout} mayGo={mayGo} onCancel={onCancel} onSend={() => onSend(seconds, reason.value.trim())}>
      <div class="mod-how-long" role="group" aria-label={words.howLong}>
        <input
          class="input"
          type="number"
          inputMode="numeric"
          min={1}
          aria-label={words.howLong}
          aria-invalid={seconds > TIMEOUT_MOST_SECONDS}
          value={n.value}
          onInput={(event) => (n.value = event.currentTarget.value)}
        />
        <select class="select" aria-label={words.howLong} value={unit.value} onChange={(event) => (unit.value = event.currentTarget.value as Unit)}>
          {Object.entries(words.units).map(([key, label]) => (
            <option key={key} value={key}>
              {label}
            </option>
          ))}
        </select>
      </div>
      <Reason label={words.reasonOptional} value={reason.value} onInput={(value) => (reason.value = value)} />
    </Form>
  );
}

interface BanProps {
  person: Person;
  onCancel: () => void;
  onSend: (how: { reason: string; purge: boolean; with_networks: boolean }) => void;
}

export function BanForm({ person, onCancel, onSend }: BanProps) {
  const reason = useSignal("");
  const purge = useSignal(true);
  const networks = useSignal(false);
  const mayNetworks = ["lead", "owner", "staff"].includes(person.place.chat.standing.rank);
  const { name } = person.whom;
  return (
    <Form
      label={words.banYes(name)}
      mayGo={!person.isBusy.value}
      onCancel={onCancel}
      onSend={() => onSend({ reason: reason.value.trim(), purge: purge.value, with_networks: networks.value })}
    >
      <p>{words.banAsk(name)}</p>
      <Reason label={words.reasonOptional} value={reason.value} onInput={(value) => (reason.value = value)} />
      <Check label={words.purge} checked={purge.value} onChange={(checked) => (purge.value = checked)} />
      {mayNetworks && <Check label={words.networks} checked={networks.value} onChange={(checked) => (networks.value = checked)} />}
    </Form>
  );
}

function Check({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return (
    <label class="check-line">
      <input type="checkbox" class="checkbox checkbox-sm" checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />
      {label}
    </label>
  );
}

interface WarnProps {
  person: Person;
  onCancel: () => void;
  onSend: (reason: string) => void;
}

export function WarnForm({ person, onCancel, onSend }: WarnProps) {
  const reason = useSignal("");
  const said = reason.value.trim();
  return (
    <Form label={words.warnYes} mayGo={!person.isBusy.value && said !== ""} onCancel={onCancel} onSend={() => onSend(said)}>
      <p>{words.warnAsk(person.whom.name)}</p>
      <Reason label={words.warning} value={reason.value} onInput={(value) => (reason.value = value)} />
    </Form>
  );
}

export function DeleteAllForm({ person, onCancel, onSend }: { person: Person; onCancel: () => void; onSend: () => void }) {
  return (
    <Form label={words.deleteAllYes} mayGo={!person.isBusy.value} onCancel={onCancel} onSend={onSend}>
      <p>{words.deleteAllAsk(person.whom.name)}</p>
    </Form>
  );
}
