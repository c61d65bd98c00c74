// @ts-check
import { v1Members } from './v1-members.js'
import { v2Posts } from './v2-posts.js'
import { v3PostsByTitle } from './v3-posts-by-title.js'
import { v4SessionsAndEvents } from './v4-sessions-and-events.js'
import { v5TopicsAndVotes } from './v5-topics-and-votes.js'

/** @type {readonly import('migration-proof').Migration[]} */
export const migrations = [v1Members, v2Posts, v3PostsByTitle, v4SessionsAndEvents, v5TopicsAndVotes]
