() => setTimeout(() => {
  const log = document.querySelector('#chat [role=log]');
  const question = [...log.querySelectorAll('.question')].pop();
  if (question) log.scrollTop += question.getBoundingClientRect().top - log.getBoundingClientRect().top - 16;
}, 80)
