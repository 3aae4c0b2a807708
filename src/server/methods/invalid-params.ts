/** Is thrown inside the server when a method's `parse` refuses its parameters. */
export class InvalidParams extends Error {
  /** @param options - `cause`: what `parse` threw, of which the client learns nothing. */
  constructor(message: string, options: ErrorOptions) {
    super(message, options);
    this.name = "InvalidParams";
  }
}
