import { pick, type RandomStream, sample } from '@taskspace/core';
import {
  type Data,
  entriesOf,
  member,
  type Scene,
  type Step,
  StepFailed,
  type Walk,
} from './walk.ts';
import { HANDLES, sentence, TOPICS } from './words.ts';

const CLASS = 'TwitterAPI';

function config(random: RandomStream): Data {
  const [own, ...others] = sample(random, 5, HANDLES) as [string, ...string[]];
  const tweets = Array.from({ length: 3 }, (_, id) => [
    String(id),
    { id, username: pick(random, others), content: `${sentence(random)}.`, tags: [], mentions: [] },
  ]);
  return {
    username: own,
    password: `${pick(random, TOPICS)}-${random.integer(900) + 100}`,
    authenticated: random.integer(3) > 0,
    tweets: Object.fromEntries(tweets),
    comments: {},
    retweets: {},
    following_list: others.slice(0, 2),
    tweet_counter: 3,
  };
}

function signedIn(walk: Walk): Data {
  const state = walk.state(CLASS);
  if (state.authenticated !== true) throw new StepFailed('login');
  return state;
}

function aTweet(walk: Walk): Data {
  return pick(walk.random, entriesOf(member(signedIn(walk), 'tweets')))[1] as Data;
}

const steps: readonly Step[] = [
  (walk) => {
    const { authenticated, username, password } = walk.state(CLASS);
    if (authenticated === true) return null;
    walk.call('authenticate_twitter', { username: username!, password: password! });
    return `Log in to my posting account: the name is ${username}, the password ${password}.`;
  },
  (walk) => {
    signedIn(walk);
    const content = sentence(walk.random);
    const tag = `#${pick(walk.random, TOPICS)}`;
    walk.call('post_tweet', { content, tags: [tag] });
    return pick(walk.random, [
      `Publish a post with the tag ${tag} and this text: ${content}`,
      `Post this, tagged ${tag}: ${content}`,
    ]);
  },
  (walk) => {
    const { id, username } = aTweet(walk);
    const comment = sentence(walk.random);
    walk.call('get_tweet', { tweet_id: id! });
    walk.call('comment', { tweet_id: id!, comment_content: comment });
    return `Show me the post with id ${id}, by ${username}, and comment on it: ${comment}`;
  },
  (walk) => {
    const following = signedIn(walk).following_list as string[];
    const name = pick(
      walk.random,
      HANDLES.filter((handle) => !following.includes(handle)),
    );
    walk.call('follow_user', { username_to_follow: name });
    return pick(walk.random, [
      `Follow ${name}.`,
      `I would like to see what ${name} writes: follow that account.`,
    ]);
  },
  (walk) => {
    const following = signedIn(walk).following_list as string[];
    if (following.length === 0) return null;
    const name = pick(walk.random, following);
    walk.call('list_all_following');
    walk.call('unfollow_user', { username_to_unfollow: name });
    return `List whom I follow, then stop following ${name}.`;
  },
  (walk) => {
    const { id, content } = aTweet(walk);
    const word = String(content).split(' ')[1]!;
    const all = entriesOf(member(walk.state(CLASS), 'tweets')).map(([, tweet]) =>
      String((tweet as Data).content),
    );
    if (all.filter((text) => text.toLowerCase().includes(word)).length !== 1) return null;
    walk.call('search_tweets', { keyword: word });
    walk.call('retweet', { tweet_id: id! });
    return `Search for the post about the "${word}" and share it again.`;
  },
  (walk) => {
    const { id } = aTweet(walk);
    const name = pick(walk.random, HANDLES);
    walk.call('mention', { tweet_id: id!, mentioned_usernames: [name] });
    return `Mention ${name} in the post with id ${id}.`;
  },
];

/** A site of short posts. */
export const postingScene: Scene = { class: CLASS, config, steps };
