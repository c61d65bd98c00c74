import { facet, follow, like, post, profile, recordLexicon, strongRef } from '../lexicons.mjs'
import { mingle, writePost, writeProfile } from '../people.mjs'
import { createWorld } from '../world.mjs'

const recipeName = 'com.example.kitchen.recipe'

const recipe = recordLexicon(recipeName, 'A recipe that anybody may cook.', {
  required: ['name', 'ingredients', 'steps', 'createdAt'],
  properties: {
    name: { type: 'string', minLength: 1, maxGraphemes: 100 },
    serves: { type: 'integer', minimum: 1, maximum: 100 },
    vegetarian: { type: 'boolean' },
    ingredients: { type: 'array', minLength: 1, items: { type: 'ref', ref: '#ingredient' } },
    steps: { type: 'array', items: { type: 'string', maxLength: 2000 } },
    photo: { type: 'blob', accept: ['image/*'], maxSize: 2000000 },
    createdAt: { type: 'string', format: 'datetime' },
  },
  defs: {
    ingredient: {
      type: 'object',
      required: ['what'],
      nullable: ['unit'],
      properties: {
        what: { type: 'string', minLength: 1 },
        amount: { type: 'integer', minimum: 0 },
        unit: { type: 'string' },
      },
    },
  },
})

const chopping = [
  'Chop the onions until somebody in the next room asks whether you are all right.',
  'Salt the water as if it were the sea, then taste it; then add a little more.',
  'Wait; do not stir; do not even look at it.',
  'पानी उबलने दें, फिर आँच धीमी कर दें।',
  '火を弱めて、蓋をして、十分待つ。',
  'הוסיפו לימון, מעט, ואז עוד קצת.',
]

/** v0.1.0, installed fresh on its day and left alone for a day. */
export function draft() {
  const world = createWorld({
    name: 'v1',
    headline: 'v0.1.0, installed fresh on 2025-11-05 and left alone since: a cooking circle.',
    startedAt: '2025-11-05T19:12:40Z',
  })
  world.history([[1n, '2025-11-05 19:12:38']])
  for (const document of [recipe, post, like, strongRef, facet, profile]) world.lexicon(document)
  world.lexicon(follow, { compact: true })

  const asha = world.person('asha.example.com')
  const dov = world.person('dov.kitchen.example.org')
  const yuki = world.person('yuki.example.net')
  const marta = world.person('marta.example.com')
  const school = world.person('school.example.com', { did: 'did:web:school.example.com' })
  const nameless = world.person(null)
  world.person('quiet.example.org')
  world.person('')

  writeProfile(world, asha, 'आशा 🍲', 'दाल, चावल, और धैर्य।', { avatar: true })
  writeProfile(world, dov, 'דב', 'מבשל ליד הים.')
  writeProfile(world, marta, "Marta o' the Oven", '')
  writeProfile(world, school, 'The school kitchen', 'Four hundred lunches a day.', {
    avatar: true,
    createdAt: false,
  })

  const posts = [
    writePost(world, asha, 'आज दाल जल गई, पर किसी ने नहीं बताया। #रसोई', 'hi', { tag: 'रसोई' }),
    writePost(world, dov, 'מתכון חדש: מרק כתום 🧡👨🏾‍🍳', 'he'),
    writePost(world, yuki, '味噌は最後に入れる。絶対に沸騰させない。', 'ja'),
    writePost(world, marta, 'Pão de ontem + alho = jantar de hoje; /* sem desperdício */', 'pt'),
    writePost(world, school, 'Lunch today: soup. Lunch tomorrow: also soup, but "improved".', 'en'),
  ]
  const [, soup] = posts
  const answer = writePost(world, marta, 'Receita?', 'pt', { reply: { root: soup, parent: soup } })
  posts.push(answer, writePost(world, dov, 'מחר!', 'he', { reply: { root: soup, parent: answer } }))
  mingle(world, [asha, dov, yuki, marta, school, nameless], posts, { likes: 10, follows: 7 })
  recipes(world, { asha, dov, yuki, marta })
  logins(world, { asha, dov, yuki, marta })
  return world.finish()
}

function recipes(world, { asha, dov, yuki, marta }) {
  const many = Array.from({ length: 48 }, (_, index) => ({
    what: ['lentils', 'हल्दी', 'ginger', 'жир', '生姜'][index % 5],
    amount: world.random.int(0, 900),
    unit: index % 4 === 0 ? null : 'g',
  }))
  const steps = Array.from({ length: 46 }, () => world.random.pick(chopping))
  world.write(asha, recipeName, {
    name: 'The long dal',
    serves: 12,
    vegetarian: true,
    ingredients: many,
    steps,
    createdAt: undefined,
  })
  world.write(dov, recipeName, {
    name: 'מרק כתום',
    serves: 4,
    vegetarian: true,
    ingredients: [{ what: 'גזר', amount: 6, unit: null }, { what: 'כתום אחד' }],
    steps: [chopping[5], chopping[2]],
    photo: world.blob('image/webp'),
    createdAt: undefined,
  })
  world.write(yuki, recipeName, {
    name: '味噌汁',
    ingredients: [{ what: '豆腐' }],
    steps: [chopping[4]],
    createdAt: undefined,
  })
  const before = '2024-12-31T23:59:59.999Z'
  world.write(
    marta,
    recipeName,
    { name: 'Açorda', ingredients: [{ what: 'pão', amount: 1, unit: '' }], steps: [], createdAt: before },
    world.tidAt(before),
  )
}

function logins(world, { asha, dov, yuki, marta }) {
  world.session(asha, { expires_at: world.secondsNow() - 1n })
  world.session(dov, { access_token: 'access-with\0-a-nul' })
  world.session(yuki, { refresh_token: null, expires_at: 0n })
  world.session(marta, { expires_at: null })
  world.session(asha, { expires_at: 9_007_199_254_740_993n })
  world.session(dov, {
    expires_at: world.secondsNow() + 1_209_600n,
    created_at: Number(world.secondsNow()) + 0.25,
  })
  world.session(yuki, { session_id: '', expires_at: 'Wed, 05 Nov 2025 23:00:00 GMT' })
  world.state('asha.example.com')
  world.state(dov.did)
  world.state('yuki.example.net', { created_at: 1_762_375_000_123n })
  world.state('')
}
