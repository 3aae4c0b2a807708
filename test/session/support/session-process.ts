// Uses a session as its arguments say, prints how that went, and has nothing more to do: the process should end.
import { Session } from "../../../src/index.ts";

const [what, url = ""] = process.argv.slice(2);
const session = new Session({ url });

switch (what) {
  case "close": {
    await session.connect();
    session.subscribe("a").on("event", () => {});
    await session.request("nothing").catch(() => {});
    const { clean } = await session.close();
    console.log(`${session.state}, clean: ${clean}`);
    break;
  }
  case "refused": {
    const error = await session.connect().then(
      () => undefined,
      (reason: unknown) => reason as { code: string },
    );
    console.log(`${session.state}, ${error?.code}`);
    break;
  }
  default: {
    await session.connect();
    session.request("slow").catch(() => {});
    await session.waitFor("error");
    const cause = session.request("m").error?.cause as { code: string } | undefined;
    console.log(`${session.state}, ${cause?.code}`);
  }
}
