import { openActivity } from '../activity.mjs'
import { follow, like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, postOf, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const reviewName = 'com.example.library.review'

const review = recordLexicon(reviewName, 'What somebody thought of a book.', {
  required: ['book', 'stars', 'createdAt'],
  properties: {
    book: { type: 'ref', ref: '#book' },
    stars: { type: 'integer', minimum: 1, maximum: 5 },
    text: { type: 'string', maxLength: 20000 },
    spoilers: { type: 'boolean', default: false },
    createdAt: { type: 'string', format: 'datetime' },
  },
  defs: {
    book: {
      type: 'object',
      required: ['title'],
      properties: {
        title: { type: 'string', minLength: 1 },
        author: { type: 'string' },
        isbn: { type: 'string', maxLength: 13 },
      },
    },
  },
})

const thoughts = [
  'Третья глава держит всю книгу.',
  'I read the ending twice and believed it the second time.',
  '结尾出乎意料，但并不突兀。',
  'التشبيهات كثيرة، والقطط أكثر.',
  'Ein Buch, das man leise zuklappt.',
]

/** v0.2.0, then straight to v0.8.0: the log of events begins, and its older part is purged by the hour. */
export function draft() {
  const world = createWorld({
    name: 'v4',
    headline:
      'v0.2.0, then straight to v0.8.0, on which it stayed: book reviews, and the log of events, purged by the hour.',
    startedAt: '2025-11-07T11:15:00Z',
  })
  world.history([
    [1n, '2025-11-07 11:14:56'],
    [2n, '2025-11-07 11:14:56'],
    [3n, '2025-11-12 06:30:02'],
    [4n, '2025-11-12 06:30:02'],
  ])
  for (const document of [review, strongRef, post, like, follow, profile]) world.lexicon(document)

  const vera = world.person('vera.example.org')
  const wei = world.person('wei.example.com')
  const huda = world.person('huda.example.net')
  const jonas = world.person('jonas.books.example.org')
  const shop = world.person('shop.example.com', { did: 'did:web:shop.example.com' })
  world.person(null)
  world.person('')

  writeProfile(world, vera, 'Вера', 'Читаю в метро.', { avatar: true })
  writeProfile(world, wei, '伟 👨🏻‍🏫', '', { avatar: true })
  writeProfile(world, huda, 'هدى', 'قارئة بطيئة وسعيدة.')

  const posts = [
    writePost(world, vera, 'Опять не выспалась из-за книги 📖', 'ru'),
    writePost(world, wei, '书店里遇到了老同学。', 'zh'),
    writePost(world, huda, 'هل تعيرون كتبكم؟', 'ar'),
    writePost(world, shop, "It's 'buy two; get one' week -- while stocks last", 'en'),
  ]
  posts.push(
    writePost(world, jonas, 'Nur gegen Pfand 😌', 'de', { reply: { root: posts[2], parent: posts[2] } }),
  )
  mingle(world, [vera, wei, huda, jonas, shop], posts, { likes: 6, follows: 5 })
  world.write(jonas, reviewName, {
    book: { title: 'Die Brücke', author: '' },
    stars: 4,
    text: thoughts[4],
    createdAt: undefined,
  })
  logins(world, { vera, wei, huda, jonas })
  world.config('domain_authority', 'com.example')
  world.config('welcome', 'Добро пожаловать, أهلًا, 欢迎')
  world.config('footer', '')
  world.pass(420_000, 424_000)
  events(world, { vera, wei, huda, jonas, shop })
  return world.finish()
}

function logins(world, { vera, wei, huda, jonas }) {
  world.session(vera, { expires_at: world.secondsNow() - 86_400n })
  world.session(wei, { refresh_token: null })
  world.session(huda, { expires_at: null, handle: '' })
  world.session(jonas, { expires_at: world.secondsNow() + 5_184_000n })
  world.session(vera, { expires_at: 9_007_199_254_740_995n })
  world.session(wei, { created_at: 'CURRENT_TIMESTAMP' })
  world.state('vera.example.org')
  world.state(huda.did)
  world.state('')
}

function events(world, { vera, wei, huda, jonas, shop }) {
  const activity = openActivity(world, 318n)
  const reviewOf = (title, stars, text) => ({ book: { title }, stars, text, createdAt: undefined })
  const long = Array.from({ length: 88 }, () => world.random.pick(thoughts)).join(' ')

  const essay = activity.kept(vera, reviewName, { ...reviewOf('Мост', 5, long), spoilers: true })
  const first = activity.kept(wei, reviewName, reviewOf('桥', 3, thoughts[2]))
  const again = { ...first.record, stars: 4, text: `${thoughts[2]}（再读）` }
  activity.kept(wei, reviewName, again, { key: first.rkey, operation: 'update' })
  const typo = activity.kept(huda, 'app.bsky.feed.post', postOf('خطأ مطبعي', 'ar'))
  activity.deleted(typo)
  activity.kept(huda, reviewName, reviewOf('الجسر', 5, thoughts[3]))
  activity.skip(6n)
  const tooMany = 'stars: expected at most 5, got 6'
  activity.refused(jonas, 'create', reviewName, reviewOf('Zu viele', 6, ''), 'validation_error', tooMany)
  activity.refused(
    jonas,
    'update',
    reviewName,
    reviewOf('', 2, ''),
    'validation_error',
    'book.title: empty',
    'self',
  )
  activity.refused(
    shop,
    'create',
    'app.bsky.feed.post',
    { text: 'no date' },
    'validation_error',
    'createdAt: missing',
  )
  activity.refused(
    vera,
    'create',
    'app.bsky.feed.post',
    postOf('⏳', 'ru'),
    'error',
    'Database insert failed: SqlightError(Busy, "database is locked", -1)',
  )
  activity.refused(wei, 'update', reviewName, null, 'error', 'Event missing record or cid')
  activity.refused(huda, 'delete', reviewName, null, 'error', 'Delete failed: disk I/O error\0\0')
  activity.refused(
    shop,
    'create',
    'app.bsky.feed.post',
    postOf('A did that nobody answers for', 'en'),
    'error',
    '',
  )
  activity.kept(jonas, 'app.bsky.feed.post', postOf('Noch ein Kapitel 🧑‍🦽📚', 'de'))
  activity.repeated(essay)
  activity.refused(wei, 'create', 'app.bsky.feed.post', postOf('正在处理', 'zh'), 'processing', null)
  activity.refused(huda, 'update', reviewName, reviewOf('…', 1, ''), 'processing', null)
  activity.refused(vera, 'delete', 'app.bsky.feed.post', null, 'processing', null)
  const lastKept = activity.nextId()
  activity.skip(11n)
  activity.refused(shop, 'delete', 'app.bsky.feed.post', null, 'processing', null)
  activity.refused(shop, 'delete', 'app.bsky.feed.post', null, 'processing', null)
  activity.purgeFrom(
    lastKept,
    'Somebody cleared the newest events by hand: the counter stays ahead of what is left.',
  )
}
