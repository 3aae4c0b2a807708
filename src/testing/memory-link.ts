import type {
  ServerConnection,
  ServerConnectionListener,
} from "../server/connections/server-connection.ts";
import type { SharedFrame } from "../server/fanout/shared-frame.ts";
import type { Clock } from "../session/clock.ts";
import type { Connection, ConnectionListener } from "../session/connection/transport.ts";
import { type Frame, type FrameFate, MemoryPipe } from "./memory-pipe.ts";

/** Which way a frame goes. */
export type Direction = "toServer" | "toClient";

/** One frame, for rules and observers. */
export interface FrameRecord {
  /** Number of the connection, from 1. */
  readonly connection: number;
  /** Which way it goes. */
  readonly direction: Direction;
  /** Number of the frame on this connection and direction, from 1. */
  readonly index: number;
  /** `data` is a message; the others are as in RFC 6455. */
  readonly type: "data" | "close" | "ping" | "pong";
  /** A message's text, or a close frame's reason; bytes are shown as their length. */
  readonly text: string;
  /** Close code; 0 for other frames. */
  readonly code: number;
}

/** What a link asks of its network. */
export interface LinkHooks {
  /** Decides what becomes of a frame that is sent. */
  fateOf(record: FrameRecord): FrameFate;
  /** Shows a frame that was sent, or has arrived. */
  observe(record: FrameRecord, event: "sent" | "arrived"): void;
}

/** Makes the server's side of a connection. */
export type LinkAcceptor = (connection: ServerConnection) => ServerConnectionListener;

/** Who is not told of a cut: its half of the connection stays open until it notices by itself. */
export type Silence = "none" | "client" | "server" | "both";

interface Counts {
  sent: number;
  arrived: number;
}

/** One end: what has been said and heard there. */
class LinkEnd {
  isCloseSent = false;
  isGone = false;
}

/** Is one simulated WebSocket, with the controls that a test needs. */
export class MemoryLink {
  /** Number of the connection, from 1. */
  readonly number: number;
  /** The client's side, for its session. */
  readonly client: Connection;
  /** The server's side, for its core. */
  readonly server: ServerConnection;
  readonly #clock: Clock;
  readonly #hooks: LinkHooks;
  readonly #clientListener: ConnectionListener;
  #serverListener: ServerConnectionListener | null = null;
  #upgrade: { subprotocol: string; findAcceptor: () => LinkAcceptor | null } | null = null;
  #isOpened = false;
  readonly #pipes: Readonly<Record<Direction, MemoryPipe>>;
  readonly #counts: Readonly<Record<Direction, Counts>> = {
    toServer: { sent: 0, arrived: 0 },
    toClient: { sent: 0, arrived: 0 },
  };
  readonly #clientEnd = new LinkEnd();
  readonly #serverEnd = new LinkEnd();
  #cutAfter: { direction: Direction; left: number; silence: Silence } | null = null;
  #isMute = false;

  /** @internal Use `MemoryNetwork`. */
  constructor(
    number: number,
    clock: Clock,
    latencyMs: number,
    hooks: LinkHooks,
    clientListener: ConnectionListener,
  ) {
    this.number = number;
    this.#clock = clock;
    this.#hooks = hooks;
    this.#clientListener = clientListener;
    this.#pipes = {
      toServer: new MemoryPipe(clock, latencyMs, (frame) => this.#arrived("toServer", frame)),
      toClient: new MemoryPipe(clock, latencyMs, (frame) => this.#arrived("toClient", frame)),
    };
    this.client = this.#createClient();
    this.server = this.#createServer();
  }

  /**
   * Sends the upgrade request on its way.
   *
   * @internal
   * @param findAcceptor - Asked when it arrives; null refuses it.
   */
  open(subprotocol: string, findAcceptor: () => LinkAcceptor | null): void {
    this.#upgrade = { subprotocol, findAcceptor };
    this.#pipes.toServer.push({ type: "upgrade", data: "", code: 0 });
  }

  /** Whether either side still has it. */
  get isOpen(): boolean {
    return !(this.#clientEnd.isGone && this.#serverEnd.isGone);
  }

  /** Frames that are on their way one way. */
  pending(direction: Direction): number {
    return this.#pipes[direction].pending;
  }

  /** Frames that have arrived one way. */
  arrived(direction: Direction): number {
    return this.#counts[direction].arrived;
  }

  /** Loses the link now, with all frames on their way. Who is told hears 1006. */
  cut(silence: Silence = "none"): void {
    this.#pipes.toServer.cut();
    this.#pipes.toClient.cut();
    if (silence !== "client" && silence !== "both") this.#clientGone(1006, "", 0);
    if (silence !== "server" && silence !== "both") this.#serverGone(1006, "", 0);
  }

  /** Loses the link after `frames` more frames have arrived one way; 0 is now. */
  cutAfter(direction: Direction, frames: number, silence: Silence = "none"): void {
    if (frames <= 0) this.cut(silence);
    else this.#cutAfter = { direction, left: frames, silence };
  }

  /** Stops to deliver one way: the other end does not read. */
  hold(direction: Direction): void {
    this.#pipes[direction].hold();
  }

  /** Delivers on after `hold`. */
  release(direction: Direction): void {
    this.#pipes[direction].release();
  }

  /** Keeps the client from answering pings. */
  mutePongs(): void {
    this.#isMute = true;
  }

  /** Sends a frame that no session would: garbage, binary, an answer that nobody asked for. */
  inject(direction: Direction, data: string | Uint8Array): void {
    this.#send(direction, { type: "data", data, code: 0 });
  }

  #createClient(): Connection {
    const end = this.#clientEnd;
    const pipe = this.#pipes.toServer;
    const terminate = (): void => {
      this.#terminate(end, "toServer", () => this.#clientGone(1006, "", 0));
    };
    return {
      send: (text) => {
        if (!end.isCloseSent && !end.isGone) {
          this.#send("toServer", { type: "data", data: text, code: 0 });
        }
      },
      close: (code, reason) => {
        // There is nobody yet to shake hands with.
        if (this.#isOpened) this.#close(end, "toServer", code, reason);
        else terminate();
      },
      terminate,
      get bufferedBytes() {
        return pipe.stalledBytes;
      },
      pause: () => this.hold("toClient"),
      resume: () => this.release("toClient"),
    };
  }

  #createServer(): ServerConnection {
    const end = this.#serverEnd;
    const pipe = this.#pipes.toClient;
    const send = (text: string): void => {
      if (!end.isCloseSent && !end.isGone) {
        this.#send("toClient", { type: "data", data: text, code: 0 });
      }
    };
    return {
      send,
      sendShared: (frame: SharedFrame) => send(frame.text),
      close: (code, reason) => this.#close(end, "toClient", code, reason),
      terminate: () => this.#terminate(end, "toClient", () => this.#serverGone(1006, "", 0)),
      ping: () => {
        if (!end.isCloseSent && !end.isGone) {
          this.#send("toClient", { type: "ping", data: "", code: 0 });
        }
      },
      get bufferedBytes() {
        return pipe.stalledBytes;
      },
      awaitDrain: () => {
        pipe.awaitFlow(() => {
          if (!end.isGone) this.#serverListener?.drained?.();
        });
      },
    };
  }

  #close(end: LinkEnd, direction: Direction, code: number, reason: string): void {
    if (end.isCloseSent || end.isGone) return;
    end.isCloseSent = true;
    this.#send(direction, { type: "close", data: reason, code });
  }

  #terminate(end: LinkEnd, direction: Direction, gone: () => void): void {
    if (end.isGone) return;
    // The other end still reads what was sent before, then the end of the stream.
    this.#pipes[direction].push({ type: "end", data: "", code: 1006 });
    gone();
  }

  #send(direction: Direction, frame: Frame): void {
    const counts = this.#counts[direction];
    counts.sent += 1;
    const record = this.#record(direction, frame, counts.sent);
    this.#hooks.observe(record, "sent");
    this.#pipes[direction].push(frame, this.#hooks.fateOf(record));
  }

  #arrived(direction: Direction, frame: Frame): void {
    if (frame.type === "upgrade" || frame.type === "opened" || frame.type === "end") {
      this.#control(direction, frame);
      return;
    }
    const counts = this.#counts[direction];
    counts.arrived += 1;
    this.#hooks.observe(this.#record(direction, frame, counts.arrived), "arrived");
    if (direction === "toServer") this.#atServer(frame);
    else this.#atClient(frame);
    const plan = this.#cutAfter;
    if (plan === null || plan.direction !== direction) return;
    plan.left -= 1;
    if (plan.left > 0) return;
    this.#cutAfter = null;
    this.cut(plan.silence);
  }

  /** What is below the level of frames: the handshake, and the end of the stream. */
  #control(direction: Direction, frame: Frame): void {
    if (frame.type === "upgrade") this.#answerUpgrade();
    else if (frame.type === "opened") {
      if (this.#clientEnd.isGone) return;
      this.#isOpened = true;
      this.#clientListener.opened(String(frame.data));
    } else if (direction === "toServer") this.#serverGone(1006, "", null);
    else this.#clientGone(1006, "", null, String(frame.data));
  }

  #answerUpgrade(): void {
    const upgrade = this.#upgrade;
    if (upgrade === null || this.#serverEnd.isGone) return;
    const { toClient } = this.#pipes;
    const accept = upgrade.findAcceptor();
    if (accept === null) {
      this.#serverEnd.isGone = true;
      toClient.push({ type: "end", data: "connection refused", code: 1006 });
      return;
    }
    // First, since the server may send at once.
    toClient.push({ type: "opened", data: upgrade.subprotocol, code: 0 });
    this.#serverListener = accept(this.server);
  }

  #atServer(frame: Frame): void {
    if (this.#serverEnd.isGone) return;
    if (frame.type === "data") this.#serverListener?.received(frame.data);
    else if (frame.type === "pong") this.#serverListener?.ponged();
    else if (frame.type === "close") {
      this.#close(this.#serverEnd, "toClient", frame.code, String(frame.data));
      this.#serverGone(frame.code, String(frame.data), null);
    }
  }

  #atClient(frame: Frame): void {
    if (this.#clientEnd.isGone) return;
    if (frame.type === "data") this.#clientListener.received(frame.data);
    else if (frame.type === "ping") {
      if (!this.#isMute) this.#send("toServer", { type: "pong", data: "", code: 0 });
    } else if (frame.type === "close") {
      this.#close(this.#clientEnd, "toServer", frame.code, String(frame.data));
      this.#clientGone(frame.code, String(frame.data), null);
    }
  }

  /** @param delayMs - Null tells at once: the caller is no call of that side's. */
  #clientGone(code: number, reason: string, delayMs: number | null, failure = ""): void {
    if (this.#clientEnd.isGone) return;
    this.#clientEnd.isGone = true;
    const cause = failure === "" ? undefined : new Error(failure);
    const tell = (): void => this.#clientListener.closed(code, reason, cause);
    if (delayMs === null) tell();
    else this.#clock.setTimer(tell, delayMs);
  }

  #serverGone(code: number, reason: string, delayMs: number | null): void {
    if (this.#serverEnd.isGone) return;
    this.#serverEnd.isGone = true;
    const tell = (): void => this.#serverListener?.closed(code, reason);
    if (delayMs === null) tell();
    else this.#clock.setTimer(tell, delayMs);
  }

  #record(direction: Direction, frame: Frame, index: number): FrameRecord {
    const { data, code } = frame;
    // Handshakes and ends of streams are not recorded.
    const type = frame.type as FrameRecord["type"];
    const text = typeof data === "string" ? data : `(${data.length} bytes)`;
    return { connection: this.number, direction, index, type, text, code };
  }
}
