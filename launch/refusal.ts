// A start that cannot be: one sentence for whoever typed `npm start`, naming the variable to change, and exit code 2.

/** Thrown by the steps of a start; its message is all that is shown. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
}
