import { type BackplaneEvent, type HistoryPage, whenThere } from "../../backplane/index.ts";
import { WIRE_ERRORS, type WireErrorCode } from "../../protocol/json-rpc/error-codes.ts";
import type { HistoryParams, RequestId } from "../../protocol/json-rpc/messages.ts";
import type { LiveSession } from "../live-session.ts";
import { encodeAnswer, refusalAnswer } from "../methods/answers.ts";
import { isAbove } from "../methods/outgoing-data.ts";
import { Refusal } from "../methods/refusal.ts";
import { authorizeTopic, type TopicVerdict } from "./topic-authorization.ts";
import { isTopicName } from "./topic-name.ts";
import { MAX_HISTORY_EVENTS, readHistoryParams } from "./topic-params.ts";
import { startTopicRequest, TopicRequest } from "./topic-request.ts";

/** UTF-16 code units of events in one answer, about; the first event is there whatever its length. */
const MAX_ANSWER_LENGTH = 262_144;

/** Takes a `topic.history`. */
export function readHistory(session: LiveSession, id: RequestId, params: unknown): void {
  const asked = readHistoryParams(params);
  if (typeof asked === "string") session.refuse(null, id, "INVALID_PARAMS", asked);
  else startTopicRequest(session, new HistoryRequest(session, id, asked));
}

class HistoryRequest extends TopicRequest {
  readonly #asked: HistoryParams;

  constructor(session: LiveSession, id: RequestId, asked: HistoryParams) {
    super(session, id, [asked.topic]);
    this.#asked = asked;
  }

  override prepare(): void {
    const { session } = this;
    const { topic } = this.#asked;
    if (!isTopicName(topic)) {
      this.#decided({ code: "UNKNOWN_TOPIC" });
      return;
    }
    const verdict = authorizeTopic(session, topic, false, (late) => this.#decided(late));
    if (verdict !== "pending") this.#decided(verdict);
  }

  #decided(verdict: TopicVerdict): void {
    const { session } = this;
    if (!session.isOpen) {
      this.isDone = true;
      return;
    }
    if (verdict !== null) {
      this.conclude(() => this.#refuse(verdict.code, verdict.message ?? "the topic is refused"));
      return;
    }
    try {
      const page = whenThere(
        session.core.backplaneCalls.read(this.#asked.topic, this.#asked.since),
        (read) => this.conclude(() => this.#answer(read)),
      );
      if (page instanceof Promise) page.catch((cause: unknown) => this.#unavailable(cause));
    } catch (cause) {
      this.#unavailable(cause);
    }
  }

  #unavailable(cause: unknown): void {
    const { session } = this;
    session.core.report("BACKPLANE_FAILED", "the backplane did not answer", session, cause);
    this.conclude(() =>
      session.refuse(null, this.id, "METHOD_FAILED", "the topic cannot be reached"),
    );
  }

  #answer({ position, ...page }: HistoryPage): void {
    const { session } = this;
    const { topic, limit = MAX_HISTORY_EVENTS } = this.#asked;
    const { maxEventBytes } = session.core.limits;
    const { recovered } = page;
    const isTimed = session.core.latency?.measures(topic) ?? false;
    const texts: string[] = [];
    let length = 0;
    let hasMore = false;
    for (const event of recovered ? page.events : []) {
      // What nobody gets live is a hole in the history, too.
      if (isAbove(event.dataJson, maxEventBytes)) continue;
      const text = encodeEvent(event, isTimed);
      length += text.length;
      hasMore = texts.length === limit || (texts.length > 0 && length > MAX_ANSWER_LENGTH);
      if (hasMore) break;
      texts.push(text);
    }
    // The events are JSON already.
    const { epoch, seq } = position;
    const head = JSON.stringify({ topic, epoch, seq, recovered }).slice(0, -1);
    const result = `${head},"events":[${texts.join(",")}],"more":${hasMore}}`;
    session.write(encodeAnswer(this.id, { body: `"result":${result}`, error: null }));
  }

  #refuse(code: string, message: string): void {
    const { session } = this;
    if (Object.hasOwn(WIRE_ERRORS, code)) {
      session.refuse(null, this.id, code as WireErrorCode, message);
      return;
    }
    session.core.countError("REFUSED");
    session.write(encodeAnswer(this.id, refusalAnswer(new Refusal(code, message))));
  }
}

function encodeEvent({ seq, dataJson, atMs }: BackplaneEvent, isTimed: boolean): string {
  return `{"seq":${seq},"data":${dataJson}${isTimed ? `,"at":${atMs}` : ""}}`;
}
