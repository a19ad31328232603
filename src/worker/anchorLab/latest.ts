/**
 * The newest question wins: while one is being answered the next one waits, and a newer one takes its
 * place. A slider thus never queues up work, and what is on screen is at most one answer old.
 */
export class Latest<Question, Answer> {
  private last: Promise<unknown> = Promise.resolve();
  private newest = 0;

  constructor(private readonly ask: (question: Question) => Promise<Answer>) {}

  /**
   * Asks, once what was asked before is answered.
   * @returns undefined where a newer question has come by then
   */
  put(question: Question): Promise<Answer | undefined> {
    const mine = ++this.newest;
    const answer = this.last.then(() => (mine === this.newest ? this.ask(question) : undefined));
    this.last = answer.catch(() => {});
    return answer;
  }
}
