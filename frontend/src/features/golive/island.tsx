import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api, ApiError } from "../../api/client";
import type { Card } from "../../api/types";
import { text } from "../../ui/text";
import { EncoderPanel } from "../encoder/Panel";
import { findCodec, openCapture, rememberUpload } from "../ingest/browser";
import { CaptureError } from "../ingest/capture";
import { DevicePickers } from "../ingest/DevicePickers";
import { Preview } from "../ingest/Preview";
import { deviceWords } from "../ingest/words";
import { Ticketing } from "../ticketing/ticketing";
import { blockOf, type Facts, type Network } from "./checklist";
import { Checks } from "./Checks";
import { Draft, type Limits } from "./draft";
import { Form } from "./Form";
import { testUpload } from "./network";
import { Running } from "./Running";
import { words } from "./words";

interface Props {
  email_confirmed: boolean;
  /** Why this person may not go live, as the API would say it. */
  refusal: { code: string; details: { reason?: string } } | null;
  running: readonly Card[];
  streams_most: number;
  limits: Limits;
}

/** Before a stream: its title and picture, the devices, and the one big button. */
export default function GoLiveIsland(props: Props) {
  const capture = useMemo(openCapture, []);
  const draft = useMemo(() => new Draft(props.limits, sessionStorage), []);
  const ticketing = useMemo(() => Ticketing.ofPage(sessionStorage), []);
  const running = useSignal(props.running);
  const camera = useSignal<Facts["camera"]>("opening");
  const deviceError = useSignal<CaptureError | null>(null);
  const network = useSignal<Network>({ is: "waiting" });
  const pending = useSignal(false);

  const openDevices = async (): Promise<void> => {
    camera.value = "opening";
    deviceError.value = null;
    try {
      const stream = await capture.ready();
      camera.value = (await findCodec(stream)) === null ? "cannot_record" : "on";
    } catch (error) {
      if (!(error instanceof CaptureError)) throw error;
      camera.value = "off";
      deviceError.value = error;
    }
  };

  const testNetwork = async (): Promise<void> => {
    network.value = { is: "testing" };
    network.value = await testUpload(props.limits.network_test_bytes);
    if (network.value.is === "measured") rememberUpload(network.value.bitsPerSecond);
  };

  useEffect(() => {
    capture.follow({ renewed: () => undefined, lost: () => void openDevices() });
    void openDevices().then(testNetwork);
    return () => {
      draft.save();
      ticketing?.price.save();
      capture.close();
    };
  }, []);

  const view = capture.view.value;
  const hold = props.refusal?.code === "held_by_staff" ? props.refusal : null;
  const facts: Facts = {
    isHeld: hold !== null,
    emailConfirmed: props.email_confirmed,
    running: running.value.length,
    streamsMost: props.streams_most,
    camera: camera.value,
    microphone: view.microphoneProblem ?? "on",
    network: network.value,
    titleLength: draft.title.value.trim().length,
    titleLeft: draft.titleLeft.value,
    hasThumbnail: draft.thumbnail.value !== null,
    hasGoodPrice: ticketing?.price.isGood ?? true,
  };
  const block = blockOf(facts);
  const refusal = draft.refusal.value;

  /** The stream's id; null when it was refused, which is shown by then. */
  const create = async (): Promise<string | null> => {
    pending.value = true;
    draft.refusal.value = null;
    try {
      const stream = await api<{ id: string }>("/api/streams/create", { method: "POST", body: draft.body() });
      if (ticketing !== null && !(await ticketing.settle(stream.id))) {
        pending.value = false;
        draft.save();
        document.getElementById("price-refusal")?.focus();
        return null;
      }
      draft.forget();
      ticketing?.price.forget();
      return stream.id;
    } catch (error) {
      pending.value = false;
      if (!(error instanceof ApiError)) throw error;
      draft.refuse(error);
      draft.save();
      const [field] = Object.keys(draft.errors.value);
      if (field !== undefined) document.getElementById(field)?.focus();
      return null;
    }
  };
  const goLive = async (): Promise<void> => {
    if (block !== null) {
      if (block === "title" || block === "title_long") document.getElementById("title")?.focus();
      if (block === "price") ticketing?.point();
      return;
    }
    if (pending.value) return;
    const id = await create();
    if (id !== null) location.assign(`/stream/broadcast/${id}`);
  };
  const prepare = async (): Promise<boolean> => {
    if (pending.value || !facts.hasGoodPrice) {
      ticketing?.point();
      return false;
    }
    if ((await create()) === null) return false;
    pending.value = false;
    return true;
  };

  return (
    <form
      class="golive-grid"
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        void goLive();
      }}
    >
      {hold !== null && (
        <div class="trouble golive-top" role="alert">
          <p>
            <strong>{words.held.what}</strong> {words.held.remedy}
          </p>
          {hold.details.reason !== undefined && <p>{words.held.reason(hold.details.reason)}</p>}
          <a class="link" href="/account/notices">
            {words.held.link}
          </a>
        </div>
      )}
      {block === "too_many" && <Running streams={running} />}
      <section class="golive-stage" aria-label={words.stage}>
        <Preview stream={view.stream} cameraOff={false} />
        {deviceError.value !== null && <DeviceTrouble error={deviceError.value} retry={() => void openDevices()} />}
        <DevicePickers capture={capture} onProblem={(error) => (deviceError.value = error)} />
      </section>
      <Form draft={draft} ticketing={ticketing} />
      <section class="golive-ready" aria-labelledby="ready-heading">
        <h2 class="sr-only" id="ready-heading">{words.checks}</h2>
        <Checks facts={facts} onTestNetwork={() => void testNetwork()} />
        <EncoderPanel prepare={prepare} hasTitle={facts.titleLength > 0 && facts.titleLeft >= 0} onLeave={() => draft.save()} />
        <div class="golive-action">
          {refusal !== null && (
            <p class="trouble" role="alert">
              {words.refusal(refusal.code, refusal.retryAfterSeconds)}{" "}
              {refusal.code === "not_signed_in" && (
                <a class="link" href={`/accounts/login/?next=${location.pathname}`}>
                  {words.signIn}
                </a>
              )}
            </p>
          )}
          <p class="field-hint" id="block" role="status">
            {block !== null && words.block[block]}
          </p>
          <button
            type="submit"
            class="btn btn-lg btn-live btn-block"
            aria-disabled={block !== null || pending.value}
            aria-describedby="block"
          >
            {pending.value ? words.going : words.goLive}
          </button>
        </div>
      </section>
    </form>
  );
}

function DeviceTrouble({ error, retry }: { error: CaptureError; retry: () => void }) {
  const { what, remedy } = deviceWords(error);
  return (
    <div class="trouble" role="alert">
      <p>
        <strong>{what}</strong> {remedy}
      </p>
      <button type="button" class="btn btn-sm" onClick={retry}>
        {text.tryAgain}
      </button>
    </div>
  );
}
