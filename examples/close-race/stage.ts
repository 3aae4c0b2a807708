import type { Plan } from "./delays.ts";
import type { RaceServer } from "./race-server.ts";

/** What a client can say of one unsubscribe and close. */
export interface Report {
  /** Whether the client called the unsubscribe complete. */
  readonly reported: boolean;
  /** Whether the caller held the server's answer when the close returned. */
  readonly known: boolean;
  /** What went wrong, as far as the client noticed. */
  readonly errors: number;
}

/** Connects, subscribes, unsubscribes and closes, once. */
export type Client = (url: string, topic: `race:${string}`, plan: Plan) => Promise<Report>;

/** Sums over all rounds of one client. */
export interface Standing {
  /** Unsubscribes that the server got. */
  readonly arrived: number;
  /** Unsubscribes that the client called complete. */
  readonly reported: number;
  /** Unsubscribes whose answer the caller held. */
  readonly known: number;
  /** Errors that the client noticed. */
  readonly errors: number;
}

const SESSIONS_AT_ONCE = 50;

/** Runs one client through all rounds, some at a time, and asks the server what arrived. */
export async function stage(
  server: RaceServer,
  name: string,
  client: Client,
  plans: readonly Plan[],
): Promise<Standing> {
  const topicOf = (round: number): `race:${string}` => `race:${name}:${round}`;
  const reports: Report[] = [];
  const rounds = plans.entries();
  const worker = async (): Promise<void> => {
    for (const [round, plan] of rounds) {
      reports.push(await client(server.url, topicOf(round), plan));
    }
  };
  await Promise.all(Array.from({ length: SESSIONS_AT_ONCE }, worker));
  await server.deserted();
  return {
    arrived: plans.filter((_plan, round) => server.hasSeen(topicOf(round))).length,
    reported: reports.filter((report) => report.reported).length,
    known: reports.filter((report) => report.known).length,
    errors: reports.reduce((sum, report) => sum + report.errors, 0),
  };
}
