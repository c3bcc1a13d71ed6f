/**
 * What is wrong with the connection, told once. The engine repeats an error of `configure` for every resource,
 * hence `configure` succeeds, the first call that needs the connection fails, and with it the whole run.
 */
export class ConnectionFault {
  #error: Error | undefined;
  #told = false;

  /** Runs what makes the connection and keeps its error for later. */
  async noted(connect: () => Promise<void>): Promise<void> {
    this.#told = false;
    try {
      await connect();
      this.#error = undefined;
    } catch (error) {
      this.#error = error as Error;
    }
  }

  /** Whether the run fails already and its reason has been told. */
  get isTold(): boolean {
    return this.#told;
  }

  /** @throws what is wrong with the connection */
  require(): void {
    if (this.#error === undefined) return;
    this.#told = true;
    throw this.#error;
  }
}
