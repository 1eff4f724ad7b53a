/** `TicketAPI`: a queue of support tickets. */
import { add, compare } from '../python/arithmetic.ts';
import { noAttribute } from '../python/errors.ts';
import { iterate, stringWith } from '../python/strings.ts';
import { str } from '../python/text.ts';
import { equals, PyDict, type PyValue, truthy, typeName } from '../python/values.ts';
import {
  type Attributes,
  attributeClass,
  failure,
  type Method,
  method,
  type Setting,
  type WorldProfile,
} from './api-class.ts';
import { attribute, attributeOrDefault } from './attributes.ts';

/** What `edit_ticket` may change. */
const EDITABLE = ['title', 'description', 'status', 'priority'] as const;

const METHODS: Readonly<Record<WorldProfile, ReadonlyMap<string, Method<Attributes>>>> = {
  v3: methods('username'),
  v4: methods('login_status'),
};

/** The class `TicketAPI`. */
export const TICKET_API = attributeClass('TicketAPI', (profile) => METHODS[profile], load);

function load(config: PyDict, setting: Setting): Attributes {
  const open = attributeOrDefault(config, {
    ticket_queue: [],
    ticket_counter: 1,
    current_user: null,
  });
  return { setting, open, hidden: new PyDict(), random: undefined };
}

function methods(statusKey: string): ReadonlyMap<string, Method<Attributes>> {
  return new Map<string, Method<Attributes>>([
    ['create_ticket', method(['title', ['description', ''], ['priority', 1]], create)],
    ['get_ticket', method(['ticket_id'], (self, id) => findTicket(self, id) ?? noTicket(id))],
    [
      'close_ticket',
      method(['ticket_id'], (self, id) => {
        const ticket = findTicket(self, id);
        if (ticket === undefined) return noTicket(id);
        if (equals(ticket.item('status'), 'Closed')) {
          return failure(`Ticket with ID ${str(id)} is already closed.`);
        }
        ticket.set('status', 'Closed');
        return PyDict.of({ status: `Ticket ${str(id)} has been closed successfully.` });
      }),
    ],
    [
      'resolve_ticket',
      method(['ticket_id', 'resolution'], (self, id, resolution) => {
        const ticket = findTicket(self, id);
        if (ticket === undefined) return noTicket(id);
        if (equals(ticket.item('status'), 'Resolved')) {
          return failure(`Ticket with ID ${str(id)} is already resolved.`);
        }
        ticket.set('status', 'Resolved');
        ticket.set('resolution', resolution);
        return PyDict.of({ status: `Ticket ${str(id)} has been resolved successfully.` });
      }),
    ],
    ['edit_ticket', method(['ticket_id', 'updates'], edit)],
    [
      'ticket_login',
      method(['username', 'password'], (self, username, password) => {
        const valid = truthy(username) && truthy(password);
        if (valid) self.open.set('current_user', username);
        return PyDict.of({ success: valid });
      }),
    ],
    [
      'ticket_get_login_status',
      method([], (self) => PyDict.of({ [statusKey]: truthy(attribute(self, 'current_user')) })),
    ],
    [
      'logout',
      method([], (self) => {
        const loggedIn = truthy(attribute(self, 'current_user'));
        if (loggedIn) self.open.set('current_user', null);
        return PyDict.of({ success: loggedIn });
      }),
    ],
    ['get_user_tickets', method([['status', null]], userTickets)],
  ]);
}

function create(
  self: Attributes,
  title: PyValue,
  description: PyValue,
  priority: PyValue,
): PyValue {
  if (!truthy(attribute(self, 'current_user'))) {
    return failure('User not authenticated. Please log in to create a ticket.');
  }
  if (compare(priority, '<', 1) || compare(priority, '>', 5)) {
    return failure('Invalid priority. Priority must be between 1 and 5.');
  }
  const id = attribute(self, 'ticket_counter');
  const ticket = PyDict.of({
    id,
    title,
    description,
    status: 'Open',
    priority,
    created_by: attribute(self, 'current_user'),
  });
  (attribute(self, 'ticket_queue') as PyValue[]).push(ticket);
  self.open.set('ticket_counter', add(id, 1, '+='));
  return ticket;
}

function edit(self: Attributes, id: PyValue, updates: PyValue): PyValue {
  const ticket = findTicket(self, id);
  if (ticket === undefined) return noTicket(id);
  if (!(updates instanceof PyDict)) throw noAttribute(typeName(updates), 'keys');
  const unknown = updates.keys().filter((key) => !EDITABLE.some((name) => equals(name, key)));
  if (unknown.length > 0) {
    return failure(`Invalid fields for update: ${unknown.map(str).join(', ')}`);
  }
  for (const [key, value] of updates.entries()) if (value !== null) ticket.set(key, value);
  return PyDict.of({ status: `Ticket ${str(id)} has been updated successfully.` });
}

function userTickets(self: Attributes, status: PyValue): PyValue {
  const user = attribute(self, 'current_user');
  if (!truthy(user)) return [failure('User not authenticated. Please log in to view tickets.')];
  const own = queue(self).filter((ticket) => equals(ticket.item('created_by'), user));
  if (!truthy(status)) return own;
  return own.filter((ticket) => {
    const is = stringWith('lower', ticket.item('status')).toLowerCase();
    return is === stringWith('lower', status).toLowerCase();
  });
}

function queue(self: Attributes): PyDict[] {
  return iterate(attribute(self, 'ticket_queue')) as PyDict[];
}

/** Python's loop over the queue: a ticket without an id on the way is its KeyError. */
function findTicket(self: Attributes, id: PyValue): PyDict | undefined {
  return queue(self).find((ticket) => equals(ticket.item('id'), id));
}

function noTicket(id: PyValue): PyDict {
  return failure(`Ticket with ID ${str(id)} not found.`);
}
