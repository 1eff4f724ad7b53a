import { pick, type RandomStream, sample } from '@taskspace/core';
import { type Data, member, type Scene, type Step, StepFailed, type Walk } from './walk.ts';
import { PEOPLE, sentence } from './words.ts';

const CLASS = 'MessageAPI';

function config(random: RandomStream): Data {
  const people = sample(random, 4, PEOPLE);
  const ids = Object.fromEntries(people.map((name, index) => [name, `USR00${index + 1}`]));
  const current = random.integer(3) === 0 ? {} : { current_user: 'USR001' };
  return { user_count: people.length, user_map: ids, inbox: [], message_count: 0, ...current };
}

function signedIn(walk: Walk): readonly (readonly [string, string])[] {
  const { current_user: current, user_map: users } = walk.state(CLASS);
  if (current === null) throw new StepFailed('login');
  return (Object.entries(users as Data) as [string, string][]).filter(([, id]) => id !== current);
}

const steps: readonly Step[] = [
  (walk) => {
    const { current_user: current, user_map: users } = walk.state(CLASS);
    if (current !== null) return null;
    const [name, id] = pick(walk.random, Object.entries(users as Data)) as [string, string];
    walk.call('message_login', { user_id: id });
    return pick(walk.random, [
      `I am ${name}, my user id is ${id}. Log me in to messages.`,
      `Sign me in to the message workspace as ${id}.`,
    ]);
  },
  (walk) => {
    const [name] = pick(walk.random, signedIn(walk));
    const message = sentence(walk.random);
    const id = String(member(walk.call('get_user_id', { user: name }), 'user_id'));
    walk.call('send_message', { receiver_id: id, message });
    return pick(walk.random, [
      `Look up the user id of ${name} and send this message: ${message}`,
      `Find out ${name}'s user id, then write to ${name}: ${message}`,
    ]);
  },
  (walk) => {
    const known = signedIn(walk).map(([name]) => name);
    const { user_map: users } = walk.state(CLASS);
    const name = pick(
      walk.random,
      PEOPLE.filter((person) => !known.includes(person) && !Object.hasOwn(users as Data, person)),
    );
    const message = sentence(walk.random);
    const id = String(member(walk.call('add_contact', { user_name: name }), 'user_id'));
    walk.call('send_message', { receiver_id: id, message });
    return `${name} is new here: add ${name} as a contact, and send this as a welcome: ${message}`;
  },
  (walk) => {
    signedIn(walk);
    if (Number(walk.state(CLASS).message_count) === 0) return null;
    walk.call('view_messages_sent');
    return 'Show me all messages I have sent so far.';
  },
  (walk) => {
    const [name, id] = pick(walk.random, signedIn(walk));
    walk.call('delete_message', { receiver_id: id });
    return `Delete the last message I sent to ${name}, who has the user id ${id}.`;
  },
  (walk) => {
    signedIn(walk);
    walk.call('list_users');
    return 'Who is in the workspace? List the users.';
  },
  (walk) => {
    signedIn(walk);
    walk.call('get_message_stats');
    return 'How many messages have I got? Look at the message statistics.';
  },
];

/** Messages between people. */
export const messageScene: Scene = { class: CLASS, config, steps };
