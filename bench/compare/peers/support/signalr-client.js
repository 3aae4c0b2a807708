import { HttpTransportType, HubConnectionBuilder, LogLevel } from "@microsoft/signalr";

/** Connects as the documentation shows, by WebSocket alone. */
export async function connect(port) {
  const connection = new HubConnectionBuilder()
    .withUrl(`http://127.0.0.1:${port}/hub`, {
      skipNegotiation: true,
      transport: HttpTransportType.WebSockets,
    })
    .configureLogging(LogLevel.None)
    .build();
  await connection.start();
  return connection;
}
