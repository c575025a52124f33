import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { toast } from "../../ui/toast";
import { Encoder, type Encoders, type EncoderStream } from "./encoder";
import { words } from "./words";

interface Props {
  /** Makes the stream that is being typed. True once it is made. */
  prepare: () => Promise<boolean>;
  hasTitle: boolean;
  /** Before this page is left: what was typed must still be there. */
  onLeave: () => void;
}

/** On the go-live page: what to type into OBS, and whether it sends. Asks for nothing until it is opened. */
export function EncoderPanel(props: Props) {
  const isOpen = useSignal(false);
  return (
    <details
      class="panel golive-encoder"
      onToggle={(event) => (isOpen.value = event.currentTarget.open)}
    >
      <summary>
        <h2>{words.title}</h2>
        <span class="quiet">{words.hint}</span>
      </summary>
      {isOpen.value && <Inside {...props} />}
    </details>
  );
}

function Inside({ prepare, hasTitle, onLeave }: Props) {
  const encoder = useMemo(() => new Encoder(), []);
  useEffect(() => encoder.follow(), [encoder]);
  const known = encoder.known.value;
  const refusal = encoder.refusal.value;
  return (
    <>
      {known === null && refusal === null && <p class="quiet">{words.loading}</p>}
      {known !== null && known.whip === null && <p>{words.none}</p>}
      {known !== null && known.whip !== null && (
        <>
          <Target encoder={encoder} stream={known.stream} prepare={prepare} hasTitle={hasTitle} />
          <WhipPart encoder={encoder} whip={known.whip} />
          <RtmpPart encoder={encoder} known={known} />
        </>
      )}
      {refusal !== null && (
        <p class="field-error" role="alert">
          {words.refusal(refusal.code, refusal.retryAfterSeconds)}{" "}
          {refusal.code === "reauthentication_required" && (
            <a class="link" href={`/accounts/reauthenticate/?next=${location.pathname}`} onClick={onLeave}>
              {words.confirm}
            </a>
          )}
        </p>
      )}
    </>
  );
}

interface TargetProps {
  encoder: Encoder;
  stream: EncoderStream | null;
  prepare: () => Promise<boolean>;
  hasTitle: boolean;
}

function Target({ encoder, stream, prepare, hasTitle }: TargetProps) {
  const isPending = useSignal(false);
  const submit = async (): Promise<void> => {
    if (!hasTitle || isPending.value) return;
    isPending.value = true;
    if (await prepare()) await encoder.refresh();
    isPending.value = false;
  };
  if (stream?.on_air === true) {
    return (
      <p class="encoder-state" role="status">
        <strong>{words.onAir}</strong>{" "}
        <a class="link" href={`/stream/broadcast/${stream.id}`}>
          {words.studio}
        </a>
      </p>
    );
  }
  if (stream?.status === "live") {
    return (
      <p class="encoder-state" role="status">
        {words.elsewhere(stream.title)}{" "}
        <a class="link" href={`/stream/broadcast/${stream.id}`}>
          {words.studio}
        </a>
      </p>
    );
  }
  if (stream !== null) {
    return (
      <p class="encoder-state" role="status">
        {words.waiting(stream.title)}{" "}
        <button type="button" class="btn btn-sm" onClick={() => void encoder.cancel()}>
          {words.cancel}
        </button>
      </p>
    );
  }
  return (
    <div class="encoder-state">
      {!hasTitle && (
        <p class="field-hint" id="encoder-block">
          {words.needsTitle}
        </p>
      )}
      <button
        type="button"
        class="btn"
        aria-disabled={!hasTitle || isPending.value}
        aria-describedby="encoder-block"
        onClick={() => void submit()}
      >
        {isPending.value ? words.preparing : words.prepare}
      </button>
    </div>
  );
}

function WhipPart({ encoder, whip }: { encoder: Encoder; whip: NonNullable<Encoders["whip"]> }) {
  const fresh = encoder.fresh.value.whip ?? null;
  return (
    <section class="encoder-way" aria-labelledby="whip-heading">
      <h3 id="whip-heading">{words.whip.title}</h3>
      <Shown label={words.whip.server} value={whip.url} />
      <Key label={words.whip.key} fresh={fresh} lastFour={whip.last_four} />
      <div>
        <button type="button" class="btn btn-sm" disabled={encoder.isBusy.value} onClick={() => void encoder.newStreamKey()}>
          {whip.last_four === null ? words.whip.show : words.whip.again}
        </button>
        {whip.last_four !== null && <p class="field-hint">{words.whip.warning}</p>}
      </div>
      <Steps steps={words.whip.steps} />
    </section>
  );
}

function RtmpPart({ encoder, known }: { encoder: Encoder; known: Encoders }) {
  const { rtmp } = known;
  const fresh = encoder.fresh.value.rtmp ?? null;
  const state = rtmp === null ? null : words.state[rtmp.state];
  return (
    <section class="encoder-way" aria-labelledby="rtmp-heading">
      <h3 id="rtmp-heading">{words.rtmp.title}</h3>
      {!known.rtmp_available && <p class="quiet">{words.rtmp.none}</p>}
      {known.rtmp_available && rtmp === null && (
        <button type="button" class="btn btn-sm" disabled={encoder.isBusy.value} onClick={() => void encoder.newRtmp()}>
          {words.rtmp.show}
        </button>
      )}
      {rtmp !== null && (
        <>
          <Shown label={words.rtmp.server} value={rtmp.url} />
          <Key label={words.rtmp.key} fresh={fresh} lastFour={rtmp.last_four} />
          {state !== null && <p role="status">{state}</p>}
          <div class="flex gap-2">
            <button type="button" class="btn btn-sm" disabled={encoder.isBusy.value} onClick={() => void encoder.newRtmp()}>
              {words.rtmp.again}
            </button>
            <button type="button" class="btn btn-sm" disabled={encoder.isBusy.value} onClick={() => void encoder.dropRtmp()}>
              {words.rtmp.drop}
            </button>
          </div>
          <Steps steps={words.rtmp.steps} />
        </>
      )}
    </section>
  );
}

function Key({ label, fresh, lastFour }: { label: string; fresh: string | null; lastFour: string | null }) {
  if (fresh !== null) {
    return (
      <div role="status">
        <Shown label={label} value={fresh} />
        <p class="field-hint">{words.once}</p>
      </div>
    );
  }
  return (
    <p>
      {label}: <span class="quiet">{lastFour === null ? words.noKey : words.ends(lastFour)}</span>
    </p>
  );
}

function Shown({ label, value }: { label: string; value: string }) {
  const copy = async (): Promise<void> => {
    await navigator.clipboard.writeText(value);
    toast(words.copied);
  };
  return (
    <div class="flex items-end gap-2">
      <label class="field flex-1">
        {label}
        <input
          class="input w-full"
          readOnly
          value={value}
          onFocus={(event) => event.currentTarget.select()}
          // It stands in the form that goes live.
          onKeyDown={(event) => event.key === "Enter" && event.preventDefault()}
        />
      </label>
      <button type="button" class="btn" aria-label={words.copyOf(label)} onClick={() => void copy()}>
        {words.copy}
      </button>
    </div>
  );
}

function Steps({ steps }: { steps: readonly string[] }) {
  return (
    <details>
      <summary>{words.steps}</summary>
      <ol class="encoder-steps">
        {steps.map((step) => (
          <li key={step}>{step}</li>
        ))}
      </ol>
    </details>
  );
}
