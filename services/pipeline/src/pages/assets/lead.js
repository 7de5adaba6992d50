// @ts-check
import { say } from './say.js';
import { follow } from './stream.js';

const types = [
  'LeadRebooked',
  'LeadStatusChanged',
  'LeadUpdated',
  'LeadErased',
  'ConfirmationRequested',
  'DeliveryRetryRequested',
  'ConfirmationSent',
  'ConfirmationFailed',
];
/** One change often brings another, as a move brings a mail: shown together, in milliseconds. */
const together = 200;

/** @param {ParentNode} page @returns {HTMLElement[]} */
const partsOf = (page) => [.../** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll('[data-part]'))];
const htmlOf = (/** @type {HTMLElement} */ part) => part.innerHTML;

/** Whether something in a form of this part is not as the page came with it. @param {HTMLElement} part */
function isTypedIn(part) {
  return [...part.querySelectorAll('input, textarea, select')].some((field) => {
    if (field instanceof HTMLSelectElement)
      return [...field.options].some(
        (option) => option.selected !== option.defaultSelected && option.value !== '',
      );
    if (field instanceof HTMLInputElement && field.type === 'checkbox') return field.checked;
    const { value, defaultValue } = /** @type {HTMLInputElement | HTMLTextAreaElement} */ (field);
    return value !== defaultValue;
  });
}

/** What is unfolded stays so. @param {HTMLElement} from @param {HTMLElement} to */
function keepUnfolded(from, to) {
  for (const open of from.querySelectorAll('details[open][data-key]')) {
    const key = CSS.escape(/** @type {HTMLElement} */ (open).dataset.key ?? '');
    to.querySelector(`details[data-key="${key}"]`)?.setAttribute('open', '');
  }
}

/** What has happened that the page did not show yet: the newest entry's words. @param {Set<string>} known @param {Document} page */
function newsOf(known, page) {
  const entries = [.../** @type {NodeListOf<HTMLElement>} */ (page.querySelectorAll('[data-timeline] > li'))];
  const fresh = entries.find((entry) => !known.has(entry.innerHTML));
  return fresh?.querySelector('.happened-title')?.textContent ?? undefined;
}

/** @param {ParentNode} page */
const entriesOf = (page) =>
  new Set([...page.querySelectorAll('[data-timeline] > li')].map((li) => li.innerHTML));

/**
 * Shows what others do to this lead as it happens. A part in which somebody types, or has the focus, stays as it is;
 * where it has been overtaken, that is said, and saving will say so too.
 *
 * @param {HTMLElement} lead
 */
export function followLead(lead) {
  const { lead: id = '' } = lead.dataset;
  const notice = /** @type {HTMLElement | null} */ (document.querySelector('[data-changed]'));
  /** The parts as they came, before anybody touched them. */
  const came = new Map(partsOf(lead).map((part) => [part.dataset.part, htmlOf(part)]));
  /** Parts that came back with what was typed, and have been compared with the page as it is otherwise. */
  const compared = new Set();
  let known = entriesOf(lead);
  let timer = 0;

  const tell = (/** @type {string} */ text) => {
    const [words] = notice?.getElementsByTagName('p') ?? [];
    if (!notice || !words) return;
    words.textContent = text;
    notice.hidden = false;
  };

  /** @param {Document} page */
  const show = (page) => {
    const news = newsOf(known, page);
    known = entriesOf(page);
    let isOvertaken = false;
    for (const part of partsOf(lead)) {
      const { part: name = '' } = part.dataset;
      const fresh = partsOf(page).find((one) => one.dataset.part === name);
      if (!fresh || htmlOf(fresh) === came.get(name)) continue;
      const cameTyped = part.dataset.typed !== undefined && !compared.has(name);
      compared.add(name);
      if (cameTyped) {
        came.set(name, htmlOf(fresh));
        continue;
      }
      if (part.contains(document.activeElement) || part.dataset.typed !== undefined || isTypedIn(part)) {
        isOvertaken = true;
        continue;
      }
      came.set(name, htmlOf(fresh));
      keepUnfolded(part, fresh);
      part.replaceWith(document.adoptNode(fresh));
    }
    document.title = page.title;
    if (news) say((lead.dataset.news ?? '{}').replace('{}', news));
    if (isOvertaken) tell((lead.dataset.overtaken ?? '').replace(': {}', news ? `: ${news}` : ''));
  };

  const look = async () => {
    timer = 0;
    const answer = await fetch(`/board/leads/${id}`, {
      headers: { 'X-Requested-With': 'board', Accept: 'text/html' },
    }).catch(() => undefined);
    if (answer?.ok) show(new DOMParser().parseFromString(await answer.text(), 'text/html'));
    else if (answer?.status === 404) tell(lead.dataset.gone ?? '');
    else if (answer?.status === 401) tell(lead.dataset.signedOut ?? '');
  };

  follow(types, {
    opened: () => {
      // What happened before the stream was open, or while it was away, was told to nobody.
      void look();
      lead.dataset.live = 'true';
    },
    lost: () => {},
    changed(subject) {
      if (subject === id && timer === 0) timer = setTimeout(look, together);
    },
  });
}
