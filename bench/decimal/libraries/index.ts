import type { Library } from "../library.ts";

/** Our own name in the report. */
export const OURS = "orderly-ws";

/** The peers, by package name. */
export const PEERS = ["big.js", "decimal.js", "bignumber.js", "dinero.js"] as const;

/** A library's name: only its own code is loaded into the process that measures it. */
export type LibraryName = typeof OURS | (typeof PEERS)[number];

/** Loads a library. */
export async function loadLibrary(name: LibraryName): Promise<Library> {
  switch (name) {
    case "orderly-ws":
      return (await import("./orderly-ws.ts")).library;
    case "big.js":
      return (await import("./big.ts")).library;
    case "decimal.js":
      return (await import("./decimal-js.ts")).library;
    case "bignumber.js":
      return (await import("./bignumber-js.ts")).library;
    case "dinero.js":
      return (await import("./dinero-js.ts")).library;
  }
}
