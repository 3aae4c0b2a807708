export { authentication } from "./authentication.ts";
export * from "./index.ts";
