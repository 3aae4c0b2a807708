import { serveWs } from "./ws-server.js";

/** Speaks the Pusher protocol: greets, and answers a subscribe unless `server.acksSubscribes` is false. */
export async function servePusher() {
  const server = await serveWs({
    parse: (text) => [JSON.parse(text)],
    opened: (reply) =>
      reply(
        JSON.stringify({
          event: "pusher:connection_established",
          data: JSON.stringify({ socket_id: "1.1", activity_timeout: 120 }),
        }),
      ),
    answer: ({ event, data }, reply) => {
      if (event === "pusher:ping") reply(JSON.stringify({ event: "pusher:pong", data: {} }));
      if (event === "pusher:subscribe" && server.acksSubscribes) {
        reply(
          JSON.stringify({
            event: "pusher_internal:subscription_succeeded",
            channel: data.channel,
            data: "{}",
          }),
        );
      }
    },
  });
  server.acksSubscribes = true;
  return server;
}

/** The options that lead a client to a server of one's own, as pusher-js documents them. */
export const optionsFor = (port) => ({
  cluster: "",
  wsHost: "127.0.0.1",
  wsPort: port,
  forceTLS: false,
  enabledTransports: ["ws"],
  enableStats: false,
});
