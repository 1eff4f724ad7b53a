import type { ToolDefinition } from '../tool.ts';
import { integer, optional, record, text, tool } from './describe.ts';

const ticket = { ticket_id: integer('Id of the ticket.') };

/** Support tickets. */
export const TICKET_TOOLS: readonly ToolDefinition[] = [
  tool('close_ticket', 'Close a ticket.', ticket),
  tool('create_ticket', 'Open a new ticket.', {
    title: text('What it is about.'),
    description: optional(text('More about it.'), ''),
    priority: optional(integer('From 1, the lowest, to 5.'), 1),
  }),
  tool('edit_ticket', 'Change a ticket.', {
    ...ticket,
    updates: record('What to change.', {
      title: text('New title.'),
      description: text('New description.'),
      status: text('New status.'),
      priority: integer('New priority.'),
    }),
  }),
  tool('get_ticket', 'Show a ticket.', ticket),
  tool('get_user_tickets', "Show the user's own tickets.", {
    status: optional(text('Only tickets with this status.')),
  }),
  tool('logout', 'Log out of the ticket system.'),
  tool('resolve_ticket', 'Mark a ticket as resolved.', {
    ...ticket,
    resolution: text('How it was resolved.'),
  }),
  tool('ticket_get_login_status', 'Tell whether somebody is logged in to the ticket system.'),
  tool('ticket_login', 'Log in to the ticket system.', {
    username: text('User name.'),
    password: text('Password.'),
  }),
];
