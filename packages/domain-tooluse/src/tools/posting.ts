import type { ToolDefinition } from '../tool.ts';
import { integer, list, optional, text, tool } from './describe.ts';

const post = { tweet_id: integer('Id of the post.') };

/** A site of short public posts. */
export const POSTING_TOOLS: readonly ToolDefinition[] = [
  tool('authenticate_twitter', 'Log in to the posting site.', {
    username: text('User name.'),
    password: text('Password.'),
  }),
  tool('comment', 'Comment on a post.', { ...post, comment_content: text('The comment.') }),
  tool('follow_user', 'Follow a user.', { username_to_follow: text('Name of the user.') }),
  tool('get_tweet', 'Show a post.', post),
  tool('get_tweet_comments', 'Show the comments on a post.', post),
  tool('get_user_stats', 'Count the posts, followed and followers of a user.', {
    username: text('Name of the user.'),
  }),
  tool('get_user_tweets', 'Show all posts of a user.', { username: text('Name of the user.') }),
  tool('list_all_following', 'List whom the user follows.'),
  tool('mention', 'Mention users in a post that exists.', {
    ...post,
    mentioned_usernames: list('string', 'Names of the users.'),
  }),
  tool('post_tweet', 'Publish a post.', {
    content: text('Its text.'),
    tags: optional(list('string', 'Tags, each starting with #.'), []),
    mentions: optional(list('string', 'Users to mention, each starting with @.'), []),
  }),
  tool('posting_get_login_status', 'Tell whether somebody is logged in to the posting site.'),
  tool('retweet', 'Share a post again.', post),
  tool('search_tweets', 'Find posts that hold a word.', { keyword: text('The word.') }),
  tool('unfollow_user', 'Stop following a user.', {
    username_to_unfollow: text('Name of the user.'),
  }),
];
