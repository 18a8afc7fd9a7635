const pane = element.querySelector('.pane');
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
let version = -1, newest = null, serial = 0, wanted = null, current = null, turn = null;
const find = id => element.querySelector('#' + CSS.escape(id));

// --- the marks

function light(id) {
  element.querySelectorAll('.on, .hit').forEach(e => e.classList.remove('on', 'hit'));
  element.querySelectorAll('.t-' + id.split('-')[1]).forEach(e => e.classList.add('on'));
}
function show(id, focus) {
  const number = find(id);
  if (!number) return false;
  current = id;
  turn = id.split('-')[1];
  light(id);
  element.querySelectorAll('mark.' + CSS.escape(id)).forEach(e => e.classList.add('hit'));
  if (focus) number.focus({preventScroll: true});
  number.scrollIntoView({block: 'center', behavior: calm});
  count();
  return true;
}
function go(link) {
  const id = link.getAttribute('href').slice(1);
  if (show(id, true)) return;
  const name = [...link.classList].find(c => c.startsWith('d-'));
  if (name) {
    wanted = id;  // whichever state brings it: the reply may be overtaken by a newer one
    trigger('open', {document: name.slice(2), key: id});
  }
}
function back(id) {
  const quote = document.getElementById(id);
  if (!quote) return;
  const link = quote.querySelector('a.cite');
  link.focus({preventScroll: true});
  quote.scrollIntoView({block: 'nearest', behavior: calm});
}

// --- from citation to citation

const read = () => turn || document.querySelectorAll('#chat .turn').length;  // a quotation comes before its marks
const links = () => [...document.querySelectorAll(`#chat blockquote[id^="q-${read()}-"] a.cite`)];
const place = all => all.findIndex(a => a.getAttribute('href') === '#' + current);
function count() {
  const all = links(), steps = element.querySelector('.steps');
  if (!steps) return;
  steps.hidden = !all.length;
  const text = steps.querySelector('.position');
  text.textContent = text.dataset.pattern.replace('##', all.length).replace('#', place(all) + 1 || '–');
}
function step(by) {
  const all = links(), at = place(all);
  if (!all.length) return;
  go(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
}
document.addEventListener('keydown', event => {
  if (event.ctrlKey || event.metaKey || event.target.closest('select')) return;
  const arrow = event.altKey && {ArrowDown: 1, ArrowUp: -1}[event.key];
  const letter = !event.altKey && event.target.closest('#chat, #viewer') && !event.target.closest('textarea') && {j: 1, k: -1}[event.key];
  if (!arrow && !letter) return;
  event.preventDefault();
  step(arrow || letter);
});
document.addEventListener('click', event => {
  const button = event.target.closest('[data-step]');
  if (button) {
    step(Number(button.dataset.step));
    element.querySelector(`[data-step="${button.dataset.step}"]`).focus({preventScroll: true});
  }
  const link = event.target.closest('a[href^="#c-"], a[href^="#q-"]');
  if (!link) return;
  event.preventDefault();
  hide();
  if (link.getAttribute('href')[1] === 'q') back(link.getAttribute('href').slice(1));
  else go(link);
});
element.addEventListener('change', event => {
  if (event.target.matches('[data-documents]')) trigger('open', {document: event.target.value, key: ''});
});

// --- what a citation is, on hover and focus

const tip = Object.assign(document.createElement('div'), {id: 'tip', hidden: true});
tip.setAttribute('role', 'tooltip');
document.body.append(tip);
let described = null, hiding = null;
function about(target) {
  if (target.matches('a.cite')) {
    const quote = document.getElementById(target.getAttribute('href').replace('#c-', 'q-'));
    return quote && ['quote', 'place', 'speaker'].map(name => [name, (quote.querySelector('.' + name) || {}).textContent]);
  }
  const keys = target.id ? [target.id] : [...target.classList].filter(c => c.startsWith('c-'));
  const number = find(keys.includes(current) ? current : keys[keys.length - 1]);
  return number && [['place', `[${number.dataset.n}] ${number.dataset.place}`], ['speaker', number.dataset.speaker]];
}
function tell(target) {
  const texts = about(target);
  if (!texts) return;
  clearTimeout(hiding);
  if (described) described.removeAttribute('aria-describedby');
  tip.replaceChildren(...texts.filter(([, text]) => text).map(([name, text]) =>
    Object.assign(document.createElement('p'), {className: name, textContent: name === 'quote' ? `“${text}”` : text})));
  tip.hidden = false;
  described = target;
  target.setAttribute('aria-describedby', 'tip');
  settle();
}
function settle() {
  const at = described.getClientRects()[0], size = tip.getBoundingClientRect();
  const box = described.closest('.log, .pane').getBoundingClientRect();
  tip.style.visibility = at.bottom < box.top || at.top > box.bottom ? 'hidden' : '';
  tip.style.left = Math.max(8, Math.min(at.left, innerWidth - size.width - 8)) + 'px';
  tip.style.top = (at.bottom + size.height + 12 < innerHeight ? at.bottom + 6 : Math.max(8, at.top - size.height - 6)) + 'px';
}
function hide() {
  tip.hidden = true;
  if (described) described.removeAttribute('aria-describedby');
  described = null;
}
const TOLD = '#chat a.cite, #viewer a.number, #viewer mark';
for (const name of ['pointerover', 'focusin']) document.addEventListener(name, event => {
  const target = event.target.closest(TOLD);
  if (target) tell(target);
  else if (event.target.closest('#tip')) clearTimeout(hiding);
});
for (const name of ['pointerout', 'focusout']) document.addEventListener(name, event => {
  if (event.target.closest(TOLD + ', #tip')) { clearTimeout(hiding); hiding = setTimeout(hide, 200); }
});
document.addEventListener('keydown', event => { if (event.key === 'Escape') hide(); });
document.addEventListener('scroll', event => {
  if (described && event.target.contains(described)) described.isConnected && described.getClientRects().length ? settle() : hide();
}, {passive: true, capture: true});

// --- a new state

watch('value', () => {
  const value = JSON.parse(props.value || '{}');
  if (!(value.version >= version)) return;  // overtaken on the way
  version = value.version;
  pane.setAttribute('aria-label', value.label);
  const same = pane.dataset.document === value.document, top = pane.scrollTop;
  const focused = pane.contains(document.activeElement) && document.activeElement.id;
  if (pane.sent !== value.html) pane.innerHTML = value.html;  // else whatever points at it would lose its place
  pane.sent = value.html;
  pane.dataset.document = value.document;
  pane.scrollTop = same ? top : 0;
  if (focused && find(focused)) find(focused).focus({preventScroll: true});
  if (value.newest !== newest || (newest && value.serial !== serial)) {
    [newest, serial] = [value.newest, value.serial];
    current = null;
    turn = newest ? newest.split('-')[1] : null;
    if (turn) light(newest);  // a number has no place before it is shown
    const first = newest && find(newest);
    if (first) pane.scrollTop += first.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
  } else if (turn) light('c-' + turn);
  if (current && find(current)) element.querySelectorAll('mark.' + CSS.escape(current)).forEach(e => e.classList.add('hit'));
  const target = wanted && find(wanted) ? wanted : value.go;
  if (target) {
    show(target, true);
    wanted = null;
  }
  count();
});
