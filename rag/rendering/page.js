const pane = element.closest('#viewer') || element;
const calm = matchMedia('(prefers-reduced-motion: reduce)').matches ? 'auto' : 'smooth';
let wanted = null;
function light(id) {
  element.querySelectorAll('.on, .hit').forEach(e => e.classList.remove('on', 'hit'));
  element.querySelectorAll('.t-' + id.split('-')[1]).forEach(e => e.classList.add('on'));
}
function show(id) {
  const number = element.querySelector('#' + CSS.escape(id));
  if (!number) return false;
  light(id);
  element.querySelectorAll('mark.' + CSS.escape(id)).forEach(e => e.classList.add('hit'));
  number.focus({preventScroll: true});
  number.scrollIntoView({block: 'center', behavior: calm});
  return true;
}
function back(id) {
  const quote = document.getElementById(id);
  if (!quote) return;
  quote.tabIndex = -1;
  quote.focus({preventScroll: true});
  quote.scrollIntoView({block: 'nearest', behavior: calm});
}
document.addEventListener('click', event => {
  const link = event.target.closest && event.target.closest('a[href^="#c-"], a[href^="#q-"]');
  if (!link) return;
  event.preventDefault();
  const id = link.getAttribute('href').slice(1);
  if (id[0] === 'q') return back(id);
  if (show(id)) return;
  wanted = id;
  const name = [...link.classList].find(c => c.startsWith('d-'));
  if (name) trigger('open', {document: name.slice(2)});
});
element.addEventListener('change', event => {
  if (event.target.matches('select')) trigger('open', {document: event.target.value});
});
watch('value', () => {
  const id = wanted || (element.querySelector('article') || {dataset: {}}).dataset.first;
  const asked = wanted;
  wanted = null;
  if (asked && show(asked)) return;
  const number = id && element.querySelector('#' + CSS.escape(id));
  if (!number) return pane.scrollTo(0, 0);
  light(id);
  pane.scrollTop += number.getBoundingClientRect().top - pane.getBoundingClientRect().top - pane.clientHeight / 3;
});
