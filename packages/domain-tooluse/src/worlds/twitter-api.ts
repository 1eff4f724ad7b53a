/** `TwitterAPI`: posting, commenting and following as one user. */
import { add } from '../python/arithmetic.ts';
import { noAttribute, PyError } from '../python/errors.ts';
import { contains, iterate, stringWith } from '../python/strings.ts';
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
import { attribute, attributeOrDefault, withIntKeys } from './attributes.ts';

/** Stands for `post_tweet`'s default list, which Python makes once and all tweets posted without one share. */
const SHARED_LIST = new PyDict();

const METHODS: Readonly<Record<WorldProfile, ReadonlyMap<string, Method<Attributes>>>> = {
  v3: methods('v3'),
  v4: methods('v4'),
};

/** The class `TwitterAPI`. */
export const TWITTER_API = attributeClass('TwitterAPI', (profile) => METHODS[profile], load);

function load(config: PyDict, setting: Setting): Attributes {
  const open = attributeOrDefault(config, {
    username: 'john',
    password: 'john123',
    authenticated: false,
    tweets: new PyDict(),
    comments: new PyDict(),
    retweets: new PyDict(),
    following_list: ['alice', 'bob'],
    tweet_counter: 0,
  });
  open.set('tweets', withIntKeys(attributeOf(open, 'tweets')));
  const hidden = PyDict.of({ '<default tags>': [], '<default mentions>': [] });
  return { setting, open, hidden, random: undefined };
}

function attributeOf(open: PyDict, name: string): PyValue {
  return open.get(name) ?? null;
}

function methods(profile: WorldProfile): ReadonlyMap<string, Method<Attributes>> {
  return new Map<string, Method<Attributes>>([
    [
      'authenticate_twitter',
      method(['username', 'password'], (self, username, password) => {
        const right =
          equals(username, attribute(self, 'username')) &&
          equals(password, attribute(self, 'password'));
        if (right) self.open.set('authenticated', true);
        return PyDict.of({ authentication_status: right });
      }),
    ],
    [
      'posting_get_login_status',
      method([], (self) => PyDict.of({ login_status: truthy(attribute(self, 'authenticated')) })),
    ],
    ['post_tweet', method(['content', ['tags', SHARED_LIST], ['mentions', SHARED_LIST]], post)],
    [
      'retweet',
      method(['tweet_id'], (self, id) => {
        if (!signedIn(self)) return unauthenticated('retweeting');
        if (!hasTweet(self, id)) return noTweet(id);
        const retweets = attribute(self, 'retweets') as PyDict;
        const user = attribute(self, 'username');
        if (!retweets.has(user)) retweets.set(user, []);
        const mine = retweets.item(user);
        if (contains(mine, id)) return PyDict.of({ retweet_status: 'Already retweeted' });
        (mine as PyValue[]).push(id);
        return PyDict.of({ retweet_status: 'Successfully retweeted' });
      }),
    ],
    [
      'comment',
      method(['tweet_id', 'comment_content'], (self, id, content) => {
        if (!signedIn(self)) {
          if (profile === 'v4') return unauthenticated('commenting');
          // v3 raises its error dict, which Python refuses.
          throw new PyError('TypeError', 'exceptions must derive from BaseException');
        }
        if (!hasTweet(self, id)) return noTweet(id);
        const comments = attribute(self, 'comments') as PyDict;
        if (!comments.has(id)) comments.set(id, []);
        (comments.item(id) as PyValue[]).push(
          PyDict.of({ username: attribute(self, 'username'), content: content }),
        );
        return PyDict.of({ comment_status: 'Comment added successfully' });
      }),
    ],
    [
      'mention',
      method(['tweet_id', 'mentioned_usernames'], (self, id, names) => {
        if (!hasTweet(self, id)) return noTweet(id);
        const tweet = tweets(self).item(id) as PyDict;
        const mentions = tweet.item('mentions');
        if (!Array.isArray(mentions)) throw noAttribute(typeName(mentions), 'extend');
        mentions.push(...iterate(names));
        return PyDict.of({ mention_status: 'Users mentioned successfully' });
      }),
    ],
    [
      'follow_user',
      method(['username_to_follow'], (self, name) => {
        if (!signedIn(self)) return unauthenticated('following');
        const following = attribute(self, 'following_list');
        if (contains(following, name)) return PyDict.of({ follow_status: false });
        (following as PyValue[]).push(name);
        return PyDict.of({ follow_status: true });
      }),
    ],
    [
      'unfollow_user',
      method(['username_to_unfollow'], (self, name) => {
        if (!signedIn(self)) return unauthenticated('unfollowing');
        const following = attribute(self, 'following_list') as PyValue[];
        if (!contains(following, name)) return PyDict.of({ unfollow_status: false });
        following.splice(
          following.findIndex((known) => equals(known, name)),
          1,
        );
        return PyDict.of({ unfollow_status: true });
      }),
    ],
    [
      'list_all_following',
      method([], (self) => {
        if (!signedIn(self)) return unauthenticated('listing following');
        const following = attribute(self, 'following_list');
        return profile === 'v3' ? following : PyDict.of({ following_list: following });
      }),
    ],
    [
      'get_user_stats',
      method(['username'], (self, username) => {
        const mine = equals(username, attribute(self, 'username'));
        const count = tweets(self)
          .values()
          .filter((tweet) => equals((tweet as PyDict).item('username'), username)).length;
        const following = mine ? iterate(attribute(self, 'following_list')).length : 0;
        const retweets = (attribute(self, 'retweets') as PyDict).get(username) ?? [];
        return PyDict.of({
          tweet_count: count,
          following_count: following,
          retweet_count: iterate(retweets).length,
        });
      }),
    ],
    [
      'get_user_tweets',
      method(['username'], (self, username) =>
        tweets(self)
          .values()
          .filter((tweet) => equals((tweet as PyDict).item('username'), username)),
      ),
    ],
    [
      'search_tweets',
      method(['keyword'], (self, keyword) =>
        tweets(self)
          .values()
          .filter((tweet) => mentionsWord(tweet as PyDict, keyword)),
      ),
    ],
    [
      'get_tweet',
      method(['tweet_id'], (self, id) =>
        hasTweet(self, id) ? tweets(self).item(id) : noTweet(id),
      ),
    ],
    [
      'get_tweet_comments',
      method(['tweet_id'], (self, id) => {
        if (!hasTweet(self, id)) return noTweet(id);
        return (attribute(self, 'comments') as PyDict).get(id) ?? [];
      }),
    ],
  ]);
}

function post(self: Attributes, content: PyValue, tags: PyValue, mentions: PyValue): PyValue {
  if (!signedIn(self)) return unauthenticated('posting');
  const shared = (value: PyValue, name: string) =>
    value === SHARED_LIST ? self.hidden.item(`<default ${name}>`) : value;
  const id = attribute(self, 'tweet_counter');
  const tweet = PyDict.of({
    id,
    username: attribute(self, 'username'),
    content,
    tags: shared(tags, 'tags'),
    mentions: shared(mentions, 'mentions'),
  });
  tweets(self).set(id, tweet);
  self.open.set('tweet_counter', add(id, 1, '+='));
  return tweet;
}

function mentionsWord(tweet: PyDict, keyword: PyValue): boolean {
  const wanted = stringWith('lower', keyword).toLowerCase();
  if (stringWith('lower', tweet.item('content')).toLowerCase().includes(wanted)) return true;
  // A tag has to be the whole keyword, where the content may only hold it.
  return iterate(tweet.item('tags')).some(
    (tag) => stringWith('lower', tag).toLowerCase() === wanted,
  );
}

function signedIn(self: Attributes): boolean {
  return truthy(attribute(self, 'authenticated'));
}

function unauthenticated(doing: string): PyDict {
  return failure(`User not authenticated. Please authenticate before ${doing}.`);
}

function tweets(self: Attributes): PyDict {
  return attribute(self, 'tweets') as PyDict;
}

function hasTweet(self: Attributes, id: PyValue): boolean {
  return tweets(self).has(id);
}

function noTweet(id: PyValue): PyDict {
  return failure(`Tweet with ID ${str(id)} not found.`);
}
