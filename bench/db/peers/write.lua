wrk.method = "POST"
wrk.path = "/rows"
wrk.body = string.rep("x", 200)
