import * as fc from 'fast-check'
import { keys, mostly } from './values.ts'

/** Values of the AT Protocol: https://atproto.com/specs/at-uri-scheme and the pages beside it. */
export const dids = mostly(
  'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
  'did:plc:z72i7hdynmk6r22z27h6tvur',
  'did:web:alice.example',
)
export const didKeys = keys(
  'did:plc:ewvi7nxzyoun6zhxrhs64oiz',
  'did:plc:z72i7hdynmk6r22z27h6tvur',
  'did:web:a.example',
)
export const handles = mostly('alice.example', 'bob.bsky.social', 'handle.invalid')
export const collections = mostly('app.bsky.feed.post', 'app.bsky.feed.like', 'xyz.statusphere.status')
export const nsidKeys = keys('app.bsky.feed.post', 'app.bsky.actor.profile', 'xyz.statusphere.status')
export const recordUris = keys(
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.feed.post/3jui7kd54zh2y',
  'at://did:plc:ewvi7nxzyoun6zhxrhs64oiz/app.bsky.actor.profile/self',
  'at://did:web:alice.example/xyz.statusphere.status/3l4q7c4xyzs2a',
)
export const cids = mostly(
  'bafyreidfayvfuwqa7qlnopdjiqrxzs6blmoeu4rujcjtnci5beludirz2a',
  'bafyreihffx5a2e7k5uwrmmgofbvzujc5cmw5h4espouwuxt3liqoflx3ee',
)

/** JSON of every size: empty, nested, and larger than a page of the database. */
export const documents = fc.oneof(
  {
    weight: 6,
    arbitrary: mostly('{}', '[]', '{"$type":"app.bsky.feed.post","text":"שלום 👋","langs":["he"]}'),
  },
  { weight: 1, arbitrary: fc.constant(`{"text":"${'long '.repeat(1_000)}"}`) },
)

/** UTC as SQLite's `datetime` writes it, and as RFC 3339 does. */
export const dateTimes = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.constantFrom('2025-11-25 08:30:00', '2025-11-25 08:30:01', '2023-11-14 22:13:20'),
  },
  { weight: 1, arbitrary: mostly('2025-11-25T08:30:00.123Z', '2025-11-25T09:30:00+01:00') },
)
