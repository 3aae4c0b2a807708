export { authentication } from "./authentication.ts";
export * from "./browser.ts";
