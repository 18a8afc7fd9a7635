const system = matchMedia('(prefers-color-scheme: dark)');
function colour() {
  const theme = localStorage.getItem('theme') || 'auto';
  document.body.classList.toggle('dark', theme === 'dark' || (theme === 'auto' && system.matches));
  const choice = element.querySelector('[data-theme]');
  if (choice) choice.value = theme;
}
function translated() {
  const header = element.querySelector('header');
  if (!header) return;
  document.documentElement.lang = header.lang;
  element.querySelector('[data-language]').value = header.lang;
  colour();
}
element.addEventListener('change', event => {
  if (event.target.matches('[data-theme]')) {
    localStorage.setItem('theme', event.target.value);
    colour();
  }
  if (event.target.matches('[data-language]')) {
    const language = event.target.value;
    document.cookie = `language=${language}; path=/; max-age=31536000; samesite=lax`;
    trigger('language', {language: language});
  }
});
element.addEventListener('click', event => {
  const skip = event.target.closest('a.skip');
  if (!skip) return;
  event.preventDefault();
  document.querySelector(skip.dataset.to).focus();
});
system.addEventListener('change', () => setTimeout(colour));  // Gradio follows the system too, and is overruled
watch('value', translated);
translated();
