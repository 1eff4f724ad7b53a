import type { ToolDefinition } from '../tool.ts';
import { integer, optional, text, tool } from './describe.ts';

/** Messages between the people of a workspace. */
export const MESSAGE_TOOLS: readonly ToolDefinition[] = [
  tool('add_contact', 'Add a person to the workspace; gives the new user id.', {
    user_name: text('Name of the person.'),
  }),
  tool('delete_message', 'Delete the latest message sent to somebody.', {
    receiver_id: text('User id of the receiver.'),
    message_id: optional(integer('Not taken: the latest message goes.')),
  }),
  tool('get_message_stats', 'Count the messages of the user who is logged in.'),
  tool('get_user_id', 'Tell the user id of a person.', { user: text('Name of the person.') }),
  tool('list_users', 'List the people of the workspace.'),
  tool('message_get_login_status', 'Tell whether somebody is logged in to messages.'),
  tool('message_login', 'Log in to messages.', { user_id: text('User id to log in with.') }),
  tool('search_messages', 'Find messages that hold a word.', { keyword: text('The word.') }),
  tool('send_message', 'Send a message.', {
    receiver_id: text('User id of the receiver.'),
    message: text('The message.'),
  }),
  tool('view_messages_sent', 'Show the messages the user has sent.'),
];
