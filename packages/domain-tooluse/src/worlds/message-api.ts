/** `MessageAPI`: a workspace of users, with an inbox of messages by receiver. */
import { add } from '../python/arithmetic.ts';
import { noAttribute, PyError } from '../python/errors.ts';
import { PyRandom } from '../python/random.ts';
import { contains, iterate, stringWith } from '../python/strings.ts';
import { str } from '../python/text.ts';
import { equals, PyDict, PySet, type PyValue, truthy, typeName } from '../python/values.ts';
import {
  type Attributes,
  attributeClass,
  failure,
  type Method,
  method,
  type Setting,
  type WorldProfile,
} from './api-class.ts';
import { attribute, attributeOrDefault, items, seedOf } from './attributes.ts';

const NOT_LOGGED_IN = 'No user is currently logged in.';
const SEED = 200191;

const METHODS: Readonly<Record<WorldProfile, ReadonlyMap<string, Method<Attributes>>>> = {
  v3: methods('v3'),
  v4: methods('v4'),
};

/** The class `MessageAPI`. */
export const MESSAGE_API = attributeClass('MessageAPI', (profile) => METHODS[profile], load);

function load(config: PyDict, setting: Setting): Attributes {
  const users = PyDict.of({
    Alice: 'USR001',
    Bob: 'USR002',
    Catherine: 'USR003',
    Daniel: 'USR004',
  });
  const inbox = [
    PyDict.of({ USR002: 'My name is Alice. I want to connect.' }),
    PyDict.of({ USR003: 'Could you upload the file?' }),
    PyDict.of({ USR004: 'Could you upload the file?' }),
  ];
  const open = attributeOrDefault(config, {
    generated_ids: new PySet(),
    user_count: 4,
    user_map: users,
    inbox,
    message_count: 3,
    current_user: null,
  });
  return { setting, open, hidden: new PyDict(), random: new PyRandom(seedOf(config, SEED)) };
}

function methods(profile: WorldProfile): ReadonlyMap<string, Method<Attributes>> {
  return new Map<string, Method<Attributes>>([
    [
      'list_users',
      method([], (self) => PyDict.of({ user_list: iterate(attribute(self, 'user_map')) })),
    ],
    [
      'get_user_id',
      method(['user'], (self, user) => {
        const users = attribute(self, 'user_map');
        if (!contains(users, user)) {
          return failure(`User '${str(user)}' not found in the workspace.`);
        }
        return PyDict.of({ user_id: (users as PyDict).get(user) ?? null });
      }),
    ],
    ['message_login', method(['user_id'], (self, userId) => login(self, userId))],
    [
      'message_get_login_status',
      method([], (self) => PyDict.of({ login_status: truthy(attribute(self, 'current_user')) })),
    ],
    [
      'send_message',
      method(['receiver_id', 'message'], (self, receiver, message) =>
        send(self, receiver, message),
      ),
    ],
    [
      'delete_message',
      method(['receiver_id'], (self, receiver) => remove(self, receiver, profile)),
    ],
    ['view_messages_sent', method([], viewSent)],
    ['add_contact', method(['user_name'], (self, name) => addContact(self, name))],
    ['search_messages', method(['keyword'], (self, keyword) => search(self, keyword))],
    ['get_message_stats', method([], statistics)],
  ]);
}

function login(self: Attributes, userId: PyValue): PyValue {
  const known = items(attribute(self, 'user_map')).some(([, id]) => equals(id, userId));
  if (!known) {
    return PyDict.of({ login_status: false, message: `User ID '${str(userId)}' not found.` });
  }
  self.open.set('current_user', userId);
  return PyDict.of({
    login_status: true,
    message: `User '${str(userId)}' logged in successfully.`,
  });
}

function send(self: Attributes, receiver: PyValue, message: PyValue): PyValue {
  if (!truthy(attribute(self, 'current_user'))) return failure(NOT_LOGGED_IN);
  if (!items(attribute(self, 'user_map')).some(([, id]) => equals(id, receiver))) {
    return failure(`Receiver ID '${str(receiver)}' not found.`);
  }
  const newId = nextId(self);
  const inbox = attribute(self, 'inbox');
  if (!Array.isArray(inbox)) throw noAttribute(typeName(inbox), 'append');
  inbox.push(PyDict.from([[receiver, message]]));
  self.open.set('message_count', add(attribute(self, 'message_count'), 1, '+='));
  return PyDict.of({
    sent_status: true,
    message_id: PyDict.of({ new_id: newId }),
    message: `Message sent to '${str(receiver)}' successfully.`,
  });
}

function nextId(self: Attributes): number {
  const taken = attribute(self, 'generated_ids');
  let id = self.random!.randint(10000, 99999);
  while (contains(taken, id)) id = self.random!.randint(10000, 99999);
  if (!(taken instanceof PySet)) throw noAttribute(typeName(taken), 'add');
  taken.add(id);
  return id;
}

function remove(self: Attributes, receiver: PyValue, profile: WorldProfile): PyValue {
  if (!truthy(attribute(self, 'current_user'))) return failure(NOT_LOGGED_IN);
  const inbox = attribute(self, 'inbox') as PyValue[];
  // Both profiles drop the latest message; v3 only calls it the first.
  for (let index = inbox.length - 1; index >= 0; index--) {
    if (!equals(firstItem(inbox[index]!)[0], receiver)) continue;
    inbox.splice(index, 1);
    const order = profile === 'v3' ? 'first' : 'latest';
    const id = profile === 'v3' ? 'message_id' : 'receiver_id';
    return PyDict.of({
      deleted_status: true,
      [id]: receiver,
      message: `Receiver ${str(receiver)}'s ${order} message deleted successfully.`,
    });
  }
  return failure(`Receiver ID ${str(receiver)} not found.`);
}

/** A message's receiver and content: its first item, whatever else a config put there. */
function firstItem(message: PyValue): [PyValue, PyValue] {
  const [item] = items(message);
  if (item === undefined) throw new PyError('IndexError', 'list index out of range');
  return item;
}

function viewSent(self: Attributes): PyValue {
  if (!truthy(attribute(self, 'current_user'))) return failure(NOT_LOGGED_IN);
  const sent = new PyDict();
  for (const message of iterate(attribute(self, 'inbox'))) {
    const [receiver, content] = firstItem(message);
    const list = sent.get(receiver);
    if (list === undefined) sent.set(receiver, [content]);
    else (list as PyValue[]).push(content);
  }
  return PyDict.of({ messages: sent });
}

function addContact(self: Attributes, name: PyValue): PyValue {
  const users = attribute(self, 'user_map') as PyDict;
  if (users.has(name)) return failure(`User name '${str(name)}' already exists.`);
  const count = add(attribute(self, 'user_count'), 1, '+=');
  self.open.set('user_count', count);
  const id = `USR${str(count).padStart(3, '0')}`;
  if (users.values().some((known) => equals(known, id))) {
    return failure(`User ID '${id}' already exists.`);
  }
  users.set(name, id);
  return PyDict.of({
    added_status: true,
    user_id: id,
    message: `Contact '${str(name)}' added successfully.`,
  });
}

function search(self: Attributes, keyword: PyValue): PyValue {
  if (!truthy(attribute(self, 'current_user'))) return failure(NOT_LOGGED_IN);
  const wanted = stringWith('lower', keyword).toLowerCase();
  const results: PyValue[] = [];
  for (const message of iterate(attribute(self, 'inbox'))) {
    const [receiver, content] = firstItem(message);
    if (stringWith('lower', content).toLowerCase().includes(wanted)) {
      results.push(PyDict.of({ receiver_id: receiver, message: content }));
    }
  }
  return PyDict.of({ results });
}

function statistics(self: Attributes): PyValue {
  if (!truthy(attribute(self, 'current_user'))) return failure(NOT_LOGGED_IN);
  const inbox = iterate(attribute(self, 'inbox'));
  const contacts = new PySet(inbox.map((message) => firstItem(message)[0]));
  return PyDict.of({
    stats: PyDict.of({ received_count: inbox.length, total_contacts: contacts.size }),
  });
}
