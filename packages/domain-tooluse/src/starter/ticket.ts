import { between, pick, type RandomStream, sample } from '@taskspace/core';
import { type Data, member, type Scene, type Step, StepFailed, type Walk } from './walk.ts';
import { PEOPLE, SUBJECTS, sentence } from './words.ts';

const CLASS = 'TicketAPI';

function config(random: RandomStream): Data {
  const [own, other] = sample(random, 2, PEOPLE) as [string, string];
  const first = between(random, 11, 80);
  const queue = sample(random, 3, SUBJECTS).map((subject, index) => ({
    id: first + index,
    title: `The ${subject} does not work`,
    description: sentence(random),
    status: 'Open',
    priority: between(random, 1, 4),
    created_by: index === 0 ? other : own,
  }));
  const current = random.integer(3) === 0 ? {} : { current_user: own };
  return { ticket_queue: queue, ticket_counter: first + queue.length, ...current };
}

function tickets(walk: Walk): readonly Data[] {
  return member(walk.state(CLASS), 'ticket_queue') as readonly Data[];
}

function openTicket(walk: Walk): Data {
  const open = tickets(walk).filter(({ status }) => status === 'Open');
  if (open.length === 0) throw new StepFailed('an open ticket');
  return pick(walk.random, open);
}

function signedIn(walk: Walk): void {
  if (walk.state(CLASS).current_user === null) throw new StepFailed('login');
}

const steps: readonly Step[] = [
  (walk) => {
    if (walk.state(CLASS).current_user !== null) return null;
    const name = pick(walk.random, PEOPLE);
    const password = `${name.toLowerCase()}${between(walk.random, 10, 99)}`;
    walk.call('ticket_login', { username: name, password });
    return `Log me in to the ticket system: I am ${name}, the password is ${password}.`;
  },
  (walk) => {
    signedIn(walk);
    const title = `The ${pick(walk.random, SUBJECTS)} is broken`;
    const description = sentence(walk.random);
    const priority = between(walk.random, 1, 5);
    walk.call('create_ticket', { title, description, priority });
    return `Open a ticket with priority ${priority}. Title: ${title}. Description: ${description}`;
  },
  (walk) => {
    const { id, priority } = openTicket(walk);
    if (Number(priority) >= 5) return null;
    walk.call('get_ticket', { ticket_id: id! });
    walk.call('edit_ticket', { ticket_id: id!, updates: { priority: Number(priority) + 1 } });
    return pick(walk.random, [
      `Look at ticket ${id} and raise its priority by one.`,
      `Ticket ${id} is more urgent than I thought: check its priority and set it one higher.`,
    ]);
  },
  (walk) => {
    const { id } = openTicket(walk);
    const resolution = sentence(walk.random);
    walk.call('resolve_ticket', { ticket_id: id!, resolution });
    return `Mark ticket ${id} as resolved, with this as the resolution: ${resolution}`;
  },
  (walk) => {
    const [first, second] = sample(
      walk.random,
      2,
      tickets(walk).filter(({ status }) => status === 'Open'),
    ) as [Data?, Data?];
    if (first === undefined || second === undefined || first.priority === second.priority)
      return null;
    walk.call('get_ticket', { ticket_id: first.id! });
    walk.call('get_ticket', { ticket_id: second.id! });
    const lower = Number(first.priority) < Number(second.priority) ? first : second;
    walk.call('close_ticket', { ticket_id: lower.id! });
    return `Look at the tickets ${first.id} and ${second.id}, and close the one with the lower priority.`;
  },
  (walk) => {
    signedIn(walk);
    walk.call('get_user_tickets');
    return pick(walk.random, ['Show me all my tickets.', 'Which tickets are mine?']);
  },
  (walk) => {
    signedIn(walk);
    walk.call('logout');
    return 'I am done with tickets: log me out of the ticket system.';
  },
];

/** Support tickets. */
export const ticketScene: Scene = { class: CLASS, config, steps };
