/** What the guides' code takes for granted; each piece is compiled with these names in scope. */
import type { Session, Subscription } from "orderly-ws";
import type { SessionServer } from "orderly-ws/server";

/** The map of types that the guides use. */
export interface MarketApi {
  topics: { "quotes:${string}": { price: string; volume: number } };
  methods: {
    "order.place"(order: { symbol: string; price: string }): { id: string };
    "order.list"(): { id: string; symbol: string }[];
  };
  notifications: { alert: { text: string } };
}

export declare const session: Session<MarketApi>;
export declare const quotes: Subscription<MarketApi, "quotes:AAPL">;
export declare const server: SessionServer<MarketApi>;
export declare function fetchToken(): Promise<string>;
export declare function findUser(
  token: string,
): Promise<{ id: string; expiresAt: number } | undefined>;
export declare function placeOrder(userId: string | null, order: object): Promise<string>;
