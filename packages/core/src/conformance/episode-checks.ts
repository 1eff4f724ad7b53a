import { restoreEpisode } from '../restore.ts';
import { showValue } from '../show-value.ts';
import type { Task } from '../task.ts';
import { episodeContext, type Played, play, within } from './play.ts';
import { type ConformanceOptions, SEED, type Subject } from './subject.ts';

/** Task, seed and responses determine the episode and its verdict, through a JSON copy of the task too. */
export async function checkDeterminism(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  const fresh = await subject.create();
  for (const task of await subject.playable()) {
    const responses = await subject.responses(task);
    const first = await play(parts, task, SEED, responses, subject);
    const context = episodeContext(SEED, subject);
    const judged = await parts.verifier.verify(first.history, context);
    subject.expectSame('the same verdict again', first.verdict, judged, task.id);
    // A copy through JSON, played by a new instance: nothing may hide outside task, seed and responses.
    const copy = JSON.parse(JSON.stringify(task)) as Task;
    const second = await play(fresh, copy, SEED, responses, subject);
    subject.expectSame('the same episode again', first, second, task.id);
  }
}

/** Episodes played at the same time do not disturb one another. */
export async function checkIndependence(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  const tasks = (await subject.tasks('train')).slice(0, 8);
  const playOne = async (task: Task) =>
    play(parts, task, SEED, await subject.responses(task), subject);
  const alone: Played[] = [];
  for (const task of tasks) alone.push(await playOne(task));
  const together = await Promise.all(tasks.map(playOne));
  for (const [index, task] of tasks.entries()) {
    const [expected, got] = [alone[index], together[index]];
    subject.expectSame('the episode as when played alone', expected, got, task.id);
  }
}

/** Every prefix of an episode can be restored by replay and goes on as it did. */
export async function checkRestore(subject: Subject): Promise<void> {
  const parts = await subject.parts();
  for (const task of await subject.playable()) {
    const { history } = await play(parts, task, SEED, await subject.responses(task), subject);
    for (const [index, turn] of history.turns.entries()) {
      const start = { seed: SEED, turns: history.turns.slice(0, index + 1) };
      const context = episodeContext(0, subject);
      const { episode } = await restoreEpisode(parts.environment, task, start, context);
      try {
        const outcome = await within(subject.timeoutMs, task, 'respond', () =>
          episode.respond(turn.response),
        );
        const recorded = history.turns[index + 1]?.request ?? history.closing;
        const what = `the reply of turn ${index + 1} again after a restore`;
        subject.expectSame(what, recorded, outcome.messages, task.id);
      } finally {
        await episode[Symbol.asyncDispose]();
      }
    }
  }
}

/** Given responses are judged correct, or not correct. */
export async function checkJudgement(
  subject: Subject,
  responsesTo: ConformanceOptions['goldResponses'],
  correct: boolean,
): Promise<void> {
  const parts = await subject.parts();
  for (const task of await subject.playable()) {
    const responses = (await responsesTo?.(task)) ?? [];
    const { verdict } = await play(parts, task, SEED, responses, subject);
    if (verdict.correct !== correct || verdict.quality === (correct ? 0 : 1)) {
      subject.fail(
        `${correct ? 'correct, with a quality above 0' : 'not correct, with a quality below 1'}, for ${showValue(responses, 200)}`,
        showValue(verdict, 300),
        task.id,
      );
    }
  }
}

/** A response of any text is played and judged within the contract, the same way twice. */
export async function checkHostile(subject: Subject, text: string): Promise<void> {
  const parts = await subject.parts();
  for (const task of (await subject.tasks('train')).slice(0, 3)) {
    const { verdict } = await play(parts, task, SEED, [text], subject);
    const again = await play(parts, task, SEED, [text], subject);
    subject.expectSame('the same verdict again', verdict, again.verdict, task.id);
  }
}

/** open, respond, verify and disposal settle once the signal is aborted. */
export async function checkAbort(subject: Subject): Promise<void> {
  const { environment, verifier } = await subject.parts();
  const [task] = await subject.tasks('train');
  if (task === undefined) return;
  const settles = (what: string, run: () => unknown) =>
    within(subject.timeoutMs, task, `${what} after an abort`, async () => {
      // Rejecting is a fine answer to an abort; only not answering is not.
      await Promise.resolve()
        .then(run)
        .catch(() => {});
    });
  const responses = await subject.responses(task);
  const controller = new AbortController();
  const context = episodeContext(SEED, subject, controller.signal);
  const episode = await environment.open(task, context);
  try {
    const responding = Promise.resolve().then(() => episode.respond(responses[0] ?? ''));
    controller.abort(new Error('aborted by the conformance checks'));
    await settles('respond', () => responding);
  } finally {
    await settles('dispose', () => episode[Symbol.asyncDispose]());
  }
  await settles('open', async () => {
    await (await environment.open(task, context))[Symbol.asyncDispose]();
  });
  const { history } = await play(await subject.parts(), task, SEED, responses, subject);
  await settles('verify', () => verifier.verify(history, context));
}
